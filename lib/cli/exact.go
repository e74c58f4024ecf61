package cli

import (
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
)

// exact takes a string from the command line byte for byte. Kong's own mapper
// copies it through JSON, where each byte that is not UTF-8 becomes U+FFFD: a
// path would lead elsewhere, and the command would get other arguments.
func exact(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	text, is := token.Value.(string)
	if !is {
		return fmt.Errorf("%v: not a string", token.Value)
	}
	target.SetString(text)
	return nil
}

package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// ExplainFlag is --explain[=finally]: the steps are said as a shell script on
// stdout, each with its undoing if so, and none is done.
type ExplainFlag string

const (
	explainDo      = ExplainFlag("do")
	explainFinally = ExplainFlag("finally")
)

// IsBool lets the flag stand without a value.
func (ExplainFlag) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (f *ExplainFlag) Decode(ctx *kong.DecodeContext) error {
	*f = explainDo
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	switch value := ExplainFlag(ctx.Scan.Pop().String()); value {
	case explainDo, explainFinally:
		*f = value
		return nil
	default:
		return fmt.Errorf("%q: is neither do nor finally", string(value))
	}
}

// AfterApply hands the flag to the environment.
func (f ExplainFlag) AfterApply(env *Env) error { env.explain = f; return nil }

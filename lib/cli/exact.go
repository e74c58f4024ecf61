package cli

import (
	"encoding"
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
)

// exact makes kong take strings from the command line byte for byte. Its own
// mappers copy them through JSON, where each byte that is not UTF-8 becomes
// U+FFFD: a path would lead elsewhere, and the command would get other
// arguments. The types that read themselves from text have to be named one by
// one, as kong has no mapper for the interface that could be replaced.
func exact(commands any) kong.Option {
	types := map[reflect.Type]bool{}
	textTypes(reflect.TypeOf(commands), types)
	return kong.OptionFunc(func(k *kong.Kong) error {
		options := []kong.Option{kong.KindMapper(reflect.String, kong.MapperFunc(exactString))}
		for t, isText := range types {
			if isText {
				options = append(options, kong.TypeMapper(t, kong.MapperFunc(exactText)))
			}
		}
		for _, option := range options {
			if err := option.Apply(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// textTypes notes each type that it meets, and whether it reads itself from
// text.
func textTypes(t reflect.Type, seen map[reflect.Type]bool) {
	if _, known := seen[t]; known {
		return
	}
	seen[t] = reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	switch {
	case seen[t]:
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice:
		textTypes(t.Elem(), seen)
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			textTypes(t.Field(i).Type, seen)
		}
	}
}

func exactString(ctx *kong.DecodeContext, target reflect.Value) error {
	text, err := pop(ctx)
	if err == nil {
		target.SetString(text)
	}
	return err
}

func exactText(ctx *kong.DecodeContext, target reflect.Value) error {
	text, err := pop(ctx)
	if err != nil {
		return err
	}
	return target.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
}

func pop(ctx *kong.DecodeContext) (string, error) {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return "", err
	}
	text, is := token.Value.(string)
	if !is {
		return "", fmt.Errorf("%v: not a string", token.Value)
	}
	return text, nil
}

package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"mini-container/test/testenv"
)

func schemaFile() string { return filepath.Join(testenv.Repository(), "docs", "schema.json") }

// TestSchema runs each verb and holds what it prints against docs/schema.json.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for object := range eachObject(t, output(t, "schema.sh")) {
		for verb := range object.(map[string]any) {
			seen[verb] = true
			if schema.Properties[verb] == nil {
				t.Errorf("%s: docs/schema.json has no property of that name, for what it prints with --json", verb)
			}
		}
		for _, line := range complaints(schema.Validate(object)) {
			t.Error(line)
		}
	}
	for verb := range schema.Properties {
		if !seen[verb] {
			t.Errorf("%s: docs/schema.json describes it, and testdata/schema.sh does not run it", verb)
		}
	}
	for _, verb := range allVerbs(t) {
		if schema.Properties[verb] == nil {
			t.Errorf("%s: has --json, and docs/schema.json does not say what it prints", verb)
		}
	}
}

// output is what a script of testdata prints, on a host of its own.
func output(t *testing.T, script string) []byte {
	t.Helper()
	host := testenv.Isolate(t)
	text, err := filepath.Abs(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := roots.In(filepath.Join(dir, "root")); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("timeout", "300", "bash", text)
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(append(os.Environ(), host.Environ()...), tree.Environ()...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, stderr.String())
	}
	return out
}

// eachObject are the values of a stream.
func eachObject(t *testing.T, stream []byte) func(func(any) bool) {
	in := json.NewDecoder(bytes.NewReader(stream))
	in.UseNumber()
	return func(yield func(any) bool) {
		for {
			var object any
			switch err := in.Decode(&object); {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				t.Errorf("not JSON: %v", err)
				return
			case !yield(object):
				return
			}
		}
	}
}

// complaints says of which field of which object what is wrong.
func complaints(err error) (lines []string) {
	invalid := new(jsonschema.ValidationError)
	if !errors.As(err, &invalid) {
		return nil
	}
	if len(invalid.InstanceLocation) == 0 && len(invalid.Causes) == 0 {
		return nil // a verb that is not there, which has been said
	}
	for _, cause := range invalid.Causes {
		lines = append(lines, complaints(cause)...)
	}
	if len(invalid.Causes) > 0 {
		return lines
	}
	verb, at := invalid.InstanceLocation[0], strings.Join(invalid.InstanceLocation[1:], ".")
	_, object, _ := strings.Cut(invalid.SchemaURL, "#")
	if more, is := invalid.ErrorKind.(*kind.AdditionalProperties); is {
		for _, field := range more.Properties {
			lines = append(lines, fmt.Sprintf("%s --json: the field %q of the object %q has no description in docs/schema.json: add it to %s/properties",
				verb, field, filepath.Base(object), object))
		}
		return lines
	}
	return []string{fmt.Sprintf("%s --json: %s is not as docs/schema.json has it at %s: %v", verb, at, object, invalid.Error())}
}

// allVerbs are those that the tools' help shows, as "TOOL VERB".
func allVerbs(t *testing.T) (all []string) {
	t.Helper()
	command := regexp.MustCompile(`(?m)^  ([a-z]+)( |$)`)
	for _, tool := range []string{"mc-net", "mc-cgroup", "mc-ns", "mc-rootfs"} {
		help, err := exec.Command(filepath.Join(tree.Bin(), tool), "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		_, verbs, _ := strings.Cut(string(help), "Commands:\n")
		for _, match := range command.FindAllStringSubmatch(verbs, -1) {
			all = append(all, tool+" "+match[1])
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %q", all)
	}
	return all
}

// TestSchemaLists: no list may be null, so that a reader need not ask first; but
// for those of which nobody may know whether they are empty.
func TestSchemaLists(t *testing.T) {
	text, err := os.ReadFile(schemaFile())
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	lists, unknown := 0, []string{}
	var walk func(at string, node any)
	walk = func(at string, node any) {
		switch n := node.(type) {
		case map[string]any:
			kinds := fmt.Sprint(n["type"])
			if strings.Contains(kinds, "array") {
				lists++
				if strings.Contains(kinds, "null") {
					unknown = append(unknown, at)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(n)) {
				walk(at+"/"+key, n[key])
			}
		case []any:
			for i, item := range n {
				walk(fmt.Sprint(at, "/", i), item)
			}
		}
	}
	walk("", schema)
	want := []string{"/$defs/process/properties/gid_map", "/$defs/process/properties/uid_map"}
	if lists < 30 || !slices.Equal(unknown, want) {
		t.Errorf("%d lists, and these may be null: %q", lists, unknown)
	}
}

// TestSchemaDescribes: each field of each object has a description, and no
// object takes a field that has none.
func TestSchemaDescribes(t *testing.T) {
	text, err := os.ReadFile(schemaFile())
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct{ Description string }
		Defs       map[string]struct {
			Description          string
			Type                 any
			Properties           map[string]struct{ Description string }
			AdditionalProperties *bool
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for verb, is := range schema.Properties {
		if is.Description == "" {
			t.Errorf("%s: no description", verb)
		}
	}
	for _, object := range slices.Sorted(maps.Keys(schema.Defs)) {
		is := schema.Defs[object]
		if is.Description == "" || is.Type == "object" && (is.AdditionalProperties == nil || *is.AdditionalProperties) {
			t.Errorf("%s: needs a description, and additionalProperties false", object)
		}
		for field, f := range is.Properties {
			if f.Description == "" {
				t.Errorf("%s: the field %s has no description", object, field)
			}
		}
	}
}

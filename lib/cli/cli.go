// Package cli is the one Main of all tools: it parses by kong, prints one
// error line, and gives one exit status. Nothing else prints errors or exits.
package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"

	"mini-container/lib/chain"
	"mini-container/lib/status"
	"mini-container/lib/step"
)

// statusFailed is the exit status of a tool that itself failed, as env(1),
// nice(1) and timeout(1) have it.
const statusFailed = 125

// version is set by the linker.
var version = ""

// common are the flags that every verb of every tool has.
type common struct {
	Trace   traceFlag   `help:"Say each step on stderr as it is done, like sh -x; --trace=json says it as an object with its time."`
	JSON    jsonFlag    `name:"json" help:"Print the whole object as JSON."`
	Version versionFlag `short:"V" help:"Print the version and exit."`
}

type (
	jsonFlag    bool
	versionFlag bool
)

func (f jsonFlag) AfterApply(env *Env) error { env.json = bool(f); return nil }

// BeforeReset answers before anything else is asked for. Kong's own flag does
// not see that the answer could not be written.
func (versionFlag) BeforeReset(app *kong.Kong, vars kong.Vars) error {
	if _, err := fmt.Fprintln(app.Stdout, vars["version"]); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}

// Exit is an error that only carries a status: that of a command which has
// said itself why it failed.
type Exit int

// Error is never printed: fail sees that it says only the status.
func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// ExitStatus is the status, 0 to 255.
func (e Exit) ExitStatus() int { return int(e) }

// Ended makes a command's exit status this tool's.
func Ended(status int, err error) error {
	if err == nil && status != 0 {
		return Exit(status)
	}
	return err
}

// exited is how kong leaves after --help and --version: it goes on if its
// exit function returns.
type exited int

// Main runs the verb that args name and gives the exit status: the command's
// own, or 125 when the tool failed, 126 when the command could not be run, 127
// when it was not found.
func Main(tool string, commands any, args []string, env *Env) (exit int) {
	env.Tool = tool
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited:
			exit = int(r)
		default:
			panic(r)
		}
	}()
	if err := room(); err != nil {
		return env.fail(err)
	}
	all := verbs(commands)
	verb, args := meant(all, args)
	parser, err := kong.New(commands, only(verb, all, commands),
		kong.Name(tool), kong.Embed(&common{}), kong.Bind(env),
		kong.Vars{"version": tool + " " + Version()},
		kong.Writers(env.Stdout, env.Stderr),
		exact(commands),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 80, NoExpandSubcommands: true}),
	)
	if err != nil {
		return env.fail(err)
	}
	if manual(parser, env) {
		return 0
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return env.misused(err)
	}
	if err := ctx.Run(env); err != nil {
		return env.fail(err)
	}
	return 0
}

// Version is that of the build.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// misused is the one line for a command line that cannot be taken.
func (e *Env) misused(err error) int {
	verb := ""
	if parse := new(kong.ParseError); errors.As(err, &parse) {
		if node := parse.Context.Selected(); node != nil {
			verb = " " + node.Path()
		}
	}
	return e.fail(fmt.Errorf("%w (try '%s%s --help')", err, e.Tool, verb))
}

// fail prints the one error line and gives the exit status.
func (e *Env) fail(err error) int {
	exit := statusFailed
	var carries interface{ ExitStatus() int }
	if errors.As(err, &carries) {
		exit = carries.ExitStatus()
	}
	if only := Exit(0); errors.As(err, &only) {
		return exit
	}
	line := oneLine(err.Error()) + withoutProc(err)
	fmt.Fprintf(e.Stderr, "%s: %s\n", e.Tool, line)

	at := ""
	if failed := new(step.Failed); errors.As(err, &failed) {
		at = failed.Step
	}
	if fd, invalid := status.FD(chain.Lookup(e.Environ, status.Variable)); invalid == nil {
		l := status.Failure(e.Tool, at, err, exit)
		l.Error = line
		status.Write(fd, l)
	}
	return exit
}

// withoutProc is a hint where the kernel cannot be asked because /proc is not
// mounted: nearly every look goes through it.
func withoutProc(err error) string {
	if _, missing := os.Lstat("/proc/self"); missing == nil || !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return " (/proc is not mounted here)"
}

// oneLine makes one line of a text that a terminal may be shown: a name of a
// file or an argument could hold what moves the cursor. As ls -q, it says ?.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return '?'
		}
		return r
	}, strings.Join(lines, "; "))
}

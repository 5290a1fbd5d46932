package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// version is set by the linker; a build without that shows what Go knows.
var version = ""

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "development"
}

// command is the command line: run, demo, chat, healthcheck, flows, version.
func command(stdout, stderr io.Writer) *cli.Command {
	return &cli.Command{
		Name:        "phonechatbot",
		Usage:       "a Telegram bot for phone-chat bookings",
		Description: settingsText(),
		Writer:      stdout,
		ErrWriter:   stderr,
		Commands: []*cli.Command{
			runCommand(stderr), demoCommand(stdout, stderr), chatCommand(stdout, stderr), healthCommand(), flowsCommand(stdout), versionCommand(stdout),
		},
	}
}

func runCommand(stderr io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "run",
		Usage: "run the bot",
		Flags: runFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := settingsFrom(c)
			if err != nil {
				return err
			}
			log, err := newLogger(stderr, s.logLevel, s.logFormat)
			if err != nil {
				return err
			}
			return run(ctx, s, log)
		},
	}
}

func demoCommand(stdout, stderr io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "run the bot against a local Telegram and a local platform, and print the address of a chat page",
		Flags: demoFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			return demo(ctx, demoSettings{
				listen: c.String("listen"), logLevel: c.String("log-level"), logFormat: c.String("log-format"),
			}, stdout, stderr)
		},
	}
}

func chatCommand(stdout, stderr io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "chat",
		Usage: "talk to the bot in a terminal or through a pipe, with a local Telegram and a local platform; :help lists what it knows",
		Flags: chatFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			return playChat(ctx, chatSettings{
				as: c.String("as"), logLevel: c.String("log-level"), logFormat: c.String("log-format"),
			}, c.Reader, stdout, stderr)
		},
	}
}

func healthCommand() *cli.Command {
	return &cli.Command{
		Name:   "healthcheck",
		Usage:  "ask a running bot whether it is well; the exit code says so",
		Flags:  []cli.Flag{httpFlag()},
		Action: func(ctx context.Context, c *cli.Command) error { return healthcheck(ctx, c.String("http")) },
	}
}

func flowsCommand(stdout io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "flows",
		Usage: "print docs/flows.md: every form as a diagram",
		Action: func(context.Context, *cli.Command) error {
			_, err := fmt.Fprint(stdout, flowsPage()) //nolint:contextcheck // forms are drawn, none is played
			return err
		},
	}
}

func versionCommand(stdout io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(context.Context, *cli.Command) error {
			_, err := fmt.Fprintln(stdout, "phonechatbot", versionText())
			return err
		},
	}
}

// settingsText lists every setting of run, so that the first help a person asks for shows them.
func settingsText() string {
	text := strings.Builder{}
	text.WriteString("Settings of run; a flag goes before the environment, the environment before the default:\n")
	for _, flag := range runFlags() {
		f, ok := flag.(*cli.StringFlag)
		if !ok {
			continue
		}
		standard := ""
		if f.Value != "" {
			standard = " (default: " + f.Value + ")"
		}
		fmt.Fprintf(&text, "  --%-21s %-25s %s%s\n", f.Name, f.GetEnvVars()[0], f.Usage, standard)
	}
	return text.String()
}

const healthTimeout = 5 * time.Second

func healthcheck(ctx context.Context, address string) error {
	if err := checkAddress(httpSetting, address); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", http.NoBody)
	if err != nil {
		return fmt.Errorf("PHONECHATBOT_HTTP (--http): %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // a read body has nothing left to report
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: %s", response.Status)
	}
	return nil
}

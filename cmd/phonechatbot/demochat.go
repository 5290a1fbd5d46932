package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"
)

// chatSettings is the little that chat can be told.
type chatSettings struct {
	as        string // who begins
	logLevel  string
	logFormat string
}

func chatFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "as", Value: roleClient, Usage: "who begins: client, performer, manager, or stranger, who is not linked"},
		&cli.StringFlag{Name: "log-level", Value: "error", Usage: "debug, info, warn or error; the log goes to standard error"},
		&cli.StringFlag{Name: "log-format", Usage: "console or json (default: console on a terminal, else json)"},
	}
}

// playChat is the demo with a terminal for a page: lines come from in, what the person sees goes to stdout. It
// ends with in, with :quit, or with ctx. Each line waits until the bot is done with the one before, so that a
// script can be piped in. A read of in that ctx has overtaken is left behind.
func playChat(ctx context.Context, c chatSettings, in io.Reader, stdout, stderr io.Writer) (err error) {
	log, err := newLogger(stderr, c.logLevel, c.logFormat)
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "phonechatbot-chat-")
	if err != nil {
		return fmt.Errorf("chat: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	sims, err := newSimulators(ctx, "")
	if err != nil {
		return err
	}
	defer sims.telegram.Close()
	t := newTerminal(sims, stdout)
	t.echo = !isTerminal(in)
	if err := t.choose(c.as); err != nil {
		return fmt.Errorf("--as: %w", err)
	}

	playing, stop := context.WithCancel(ctx)
	defer stop()
	group, running := errgroup.WithContext(playing)
	settings := sims.settings(data)
	settings.handled = t.turns.over
	sims.start(running, group, settings, log)
	group.Go(func() error {
		defer stop()
		return t.play(running, linesOf(running, in))
	})
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("chat: %w", err)
	}
	return nil
}

func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// longestLine is more than one message of Telegram's holds, in bytes.
const longestLine = 64 << 10

// typed is a line, or why there are no more; io.EOF at the end.
type typed struct {
	line string
	err  error
}

// linesOf reads in the background: a read cannot be called off.
func linesOf(ctx context.Context, in io.Reader) <-chan typed {
	lines := make(chan typed)
	hand := func(t typed) bool {
		select {
		case lines <- t:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, longestLine)
		for scanner.Scan() {
			if !hand(typed{line: scanner.Text()}) {
				return
			}
		}
		err := scanner.Err()
		if err == nil {
			err = io.EOF
		}
		hand(typed{err: err})
	}()
	return lines
}

// Command phonechatbot is the Telegram bot for phone-chat bookings. Here it is wired together: run opens
// the rooms, starts them, and stops them in reverse order; demo is the same run pointed over HTTP at the
// simulators of sandbox, and chat the demo with a terminal for a page. What may not live here: decisions about
// what the bot says or does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image has no zone files
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(os.Stdout, os.Stderr).Run(ctx, os.Args)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "phonechatbot:", err)
		os.Exit(1)
	}
}

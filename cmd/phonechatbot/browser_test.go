package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"phonechatbot/sandbox/apisim"
)

// page is the demo's page in a browser: a person who reads, types and presses, and the panel beside them.
type page struct {
	t   *testing.T
	ctx context.Context

	shown string
}

// until waits for a JavaScript expression to become true.
func (p *page) until(what, expression string) {
	p.t.Helper()
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](fmt.Sprintf("Boolean(%s)", expression)))
		if ok {
			return
		}
		select {
		case <-p.ctx.Done():
			p.t.Fatalf("waited for %s: %v; the page last showed:\n%s", what, err, p.shown)
		case <-time.After(20 * time.Millisecond):
		}
		if shown, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`)); err == nil {
			p.shown = shown
		}
	}
}

const (
	lastMessage = `[...document.querySelectorAll("#log .message")].at(-1)`
	panelFrame  = `document.querySelector("#panel iframe").contentDocument`
)

func (p *page) reads(text string) {
	p.t.Helper()
	p.until(text, fmt.Sprintf(`%s?.innerText.replace(/[\u2068\u2069]/g, "").includes(%q)`, lastMessage, text))
}

func (p *page) do(script string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](script+"; true")); err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
}

func (p *page) say(text string) {
	p.t.Helper()
	p.do(fmt.Sprintf(`document.getElementById("text").value = %q; document.getElementById("composer").requestSubmit()`, text))
}

// press presses the newest button of that label; a button of the panel if frame says so.
func (p *page) press(document, label string) {
	p.t.Helper()
	button := fmt.Sprintf(`[...%s.querySelectorAll("button")].filter(b => b.innerText.trim() === %q && b.offsetParent).at(-1)`, document, label)
	p.until("a button "+label, button)
	p.do(button + ".click()")
}

// signIn follows the link of the newest message to the platform's login page, signs in there, and comes back
// with the button of the last page. The app would open another tab; here it is the same.
func (p *page) signIn(nickname string) {
	p.t.Helper()
	link := lastMessage + `?.querySelector("a[href*='/OAuth/Authorize']")`
	p.until("a link to the login page", link)
	p.do("location.href = " + link + ".href")
	p.until("the login page", `document.querySelector("#nickname")`)
	p.do(fmt.Sprintf(`document.querySelector("#nickname").value = %q; document.querySelector("#password").value = %q`, nickname, apisim.DemoPassword))
	p.do(`document.querySelector("button[value=allow]").click()`)
	p.until("the last page", `document.querySelector("a.button")`)
	p.do(`document.querySelector("a.button").click()`)
	p.until("the chat", `document.querySelector("#composer")`)
}

// A person who has never seen the project books a call and gets the alert, in a browser.
func TestTheDemoInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium on this machine: the page is only tried by its endpoints in sandbox/tgsim")
	}
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	stdout, log := &lockedBuffer{}, &lockedBuffer{}
	ended := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() {
		ended <- demo(running, demoSettings{listen: "127.0.0.1:0", logLevel: "debug"}, stdout, log)
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the demo ended badly: %v\n%s", err, log)
		}
	}()

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1200, 900))
	allocated, freeBrowser := chromedp.NewExecAllocator(ctx, options...)
	defer freeBrowser()
	tab, closeTab := chromedp.NewContext(allocated)
	defer closeTab()
	p := &page{t: t, ctx: tab}
	if err := chromedp.Do(tab, chromedp.Navigate(demoAddress(t, ctx, stdout))); err != nil {
		t.Fatal(err)
	}

	p.press("document", "Start")
	p.reads("Not linked yet")
	p.press("document", "Sign in on the site")
	p.reads("Open the site's own login page")
	p.signIn("NightOwl77")
	p.reads("Linked as NightOwl77. Was this you?")
	p.press("document", "Yes, that is me")
	p.reads("The sign-in renews itself")
	p.press("document", "Book a call")
	p.reads("Whom would you like to call")
	for _, s := range bookingSteps()[1:] {
		p.say(s.answer)
		p.reads(s.then)
	}
	p.press("document", "Send request")
	p.reads("Send this request to")
	p.press("document", "Yes, send")
	p.reads("Request sent, #48213")
	p.press(panelFrame, "Accept")
	p.reads(discreet)
	p.press("document", "Open")
	p.reads("Accepted, to be confirmed")
}

var printedAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)

// demoAddress reads the address that the demo printed.
func demoAddress(t *testing.T, ctx context.Context, stdout *lockedBuffer) string {
	t.Helper()
	for {
		if address := printedAddress.FindString(stdout.String()); address != "" {
			return address
		}
		select {
		case <-ctx.Done():
			t.Fatal("the demo prints no address")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

package login

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/rs/zerolog"
)

// TestTheWholeWayInABrowser: the platform's redirect comes from another site, and the page goes on by itself
// under its own policy, sends the form, and is gone from the history with what its address held.
func TestTheWholeWayInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium on this machine")
	}
	h := &house{t: t, path: filepath.Join(t.TempDir(), "test.db"), host: newHost()}
	h.store = h.openStore()
	defer func() { _ = h.store.Close() }()
	h.login = h.newLogin(func(c *Config) { c.Log = zerolog.New(&h.log) })
	defer h.login.Close()
	ours := httptest.NewServer(h.login.Handler())
	defer ours.Close()
	back := h.allowed(h.begin(chat))
	platform := httptest.NewServer(http.RedirectHandler(
		strings.Replace(ours.URL, "127.0.0.1", "localhost", 1)+callback+"?"+back.Encode(), http.StatusFound))
	defer platform.Close()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	allocated, freeBrowser := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))...)
	defer freeBrowser()
	tab, closeTab := chromedp.NewContext(allocated)
	defer closeTab()
	if err := chromedp.Do(tab, chromedp.Navigate(platform.URL)); err != nil {
		t.Fatal(err)
	}
	for shown := false; !shown; {
		if shown, err = chromedp.Run(tab, chromedp.Evaluate[bool](`Boolean(document.querySelector(".code"))`)); ctx.Err() != nil {
			t.Fatalf("no code on the page: %v", err)
		}
	}
	address, err := chromedp.Run(tab, chromedp.Evaluate[string](`location.pathname + location.search`))
	if err != nil || address != callback {
		t.Errorf("the address is %q, %v", strings.ReplaceAll(address, hush, "***"), err)
	}
	if past, err := chromedp.Run(tab, chromedp.Evaluate[int](`history.length`)); err != nil || past > 2 {
		t.Errorf("%d pages in the history, %v", past, err) // the browser's blank one and ours
	}
	h.wantTold(chat)
	if exchanges, _ := h.host.counts(); exchanges != 1 {
		t.Errorf("%d codes redeemed", exchanges)
	}
}

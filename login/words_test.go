package login

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// put writes a sign-in that holds whatever one can hold.
func (h *house) put(state string, made time.Duration, change func(*store.SignIn)) {
	h.t.Helper()
	s := store.SignIn{
		State: state, Chat: chat, User: user, Made: time.Now().Add(made), Ends: time.Now().Add(time.Minute), After: "book",
		Stage: store.SignInArrived, Code: hush, Token: access(1), Refresh: secret.New("rt-" + hush), Member: 5, Nickname: hush,
	}
	change(&s)
	h.update(func(tx *store.Tx) error { return tx.PutSignIn(s) })
}

func statesOf(all []store.SignIn) (states []string) {
	for _, s := range all {
		states = append(states, s.State)
	}
	return states
}

func TestWhatThereIsToSay(t *testing.T) {
	over := func(word string) func(*store.SignIn) {
		return func(s *store.SignIn) { s.Stage, s.Word = store.SignInOver, word }
	}
	inBubble(t, func(t *testing.T, h *house) {
		h.put("claimed", 0, func(s *store.SignIn) { s.Claimed = true })
		h.put("arrived", -time.Minute, func(*store.SignIn) {})
		h.put("foreign", -3*time.Minute, over(store.SignInForeign))
		h.put("cancelled", -2*time.Minute, over(store.SignInCancelled))
		h.put("replaced", -4*time.Minute, over(wordReplaced))
		h.put("open", -5*time.Minute, func(s *store.SignIn) { s.Stage = store.SignInOpen })
		h.put("taken", -6*time.Minute, func(s *store.SignIn) { s.Stage = store.SignInTaken })
		h.put("another's", -7*time.Minute, func(s *store.SignIn) { s.Chat = otherChat })
		h.put("over in a moment", -8*time.Minute, func(s *store.SignIn) { s.Ends = time.Now() })
		before := h.signIns()
		words := h.words(chat)
		if diff := cmp.Diff([]string{"foreign", "cancelled", "arrived", "claimed"}, statesOf(words)); diff != "" {
			t.Fatalf("oldest first (-want +got):\n%s", diff)
		}
		if last := words[3]; !last.Claimed || last.After != "book" || last.User != user || last.Member != 5 || words[2].Claimed {
			t.Error("it is not as the store has it")
		}
		if diff := cmp.Diff(statesOf(before), statesOf(h.signIns())); diff != "" {
			t.Errorf("reading dropped something (-before +after):\n%s", diff)
		}
		h.login.sweep(t.Context(), false)
		h.wantTold(chat) // once, though there are several
		if got := statesOf(h.words(chat)); got[0] != "over in a moment" {
			t.Errorf("what a sweep has ended is not said: %v", got)
		}
	})
}

// TestAWordIsToldUntilItIsSaid: the chat may be out of reach for a while, or the program stopped.
func TestAWordIsToldUntilItIsSaid(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		back.Set("status", "cancelled")
		h.post(back)
		h.wantTold(chat)
		stop := h.run(h.login)
		synctest.Wait()
		h.wantTold(chat)
		for range 3 {
			h.wantWord(chat, store.SignInOver, store.SignInCancelled)
			time.Sleep(DefaultTick)
			synctest.Wait()
			h.wantTold(chat)
		}
		stop()
		stop = h.run(h.newLogin(nil))
		defer func() { stop() }()
		synctest.Wait()
		h.wantTold(chat)
		h.drop(back.Get("state"))
		time.Sleep(5 * DefaultTick)
		synctest.Wait()
		h.wantTold()
	})
}

func TestAWordThatIsNeverSaidIsForgotten(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.begin(chat)
		time.Sleep(linkLife)
		h.login.sweep(t.Context(), false)
		time.Sleep(overLife - time.Second)
		h.told = nil
		h.login.sweep(t.Context(), false)
		h.wantTold(chat)
		time.Sleep(time.Second)
		h.login.sweep(t.Context(), false)
		h.wantTold()
		h.wantWord(chat, "", "")
	})
}

// TestTokensThatArrivedAreToldOnceARun: the person has the page before him, and needs no reminders.
func TestTokensThatArrivedAreToldOnceARun(t *testing.T) {
	for name, claimed := range map[string]bool{"not claimed": false, "claimed": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				code := h.arrive(chat)
				if claimed {
					h.claim(chat, code)
				}
				h.wantTold(chat)
				stop := h.run(h.newLogin(nil))
				defer stop()
				synctest.Wait()
				h.wantTold(chat)
				time.Sleep(5 * DefaultTick)
				synctest.Wait()
				h.wantTold()
			})
		})
	}
}

func TestOneOfTheReplacedIsKept(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		other := h.begin(otherChat)
		var states []string
		for range 5 {
			time.Sleep(time.Second)
			states = append(states, h.begin(chat))
		}
		want := slices.Sorted(slices.Values([]string{other, states[3], states[4]}))
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(statesOf(h.signIns())))); diff != "" {
			t.Errorf("what is kept (-want +got):\n%s", diff)
		}
		if w := h.post(h.allowed(states[3])); w.Code != http.StatusGone {
			t.Errorf("the page of the last one: %d", w.Code)
		}
		if w := h.post(h.allowed(states[0])); w.Code != http.StatusNotFound {
			t.Errorf("the page of the first one: %d", w.Code)
		}
		h.wantWord(chat, "", "")
		h.drop(states[4]) // linked
		ended := time.Now()
		time.Sleep(overLife / 2)
		h.begin(chat)
		for _, s := range h.signIns() {
			if s.State == states[3] && !s.Ends.Equal(ended) {
				t.Error("the time of the replaced one began anew")
			}
		}
		if w := h.post(h.allowed(states[3])); w.Code != http.StatusGone {
			t.Errorf("its page after another link: %d", w.Code)
		}
	})
}

// TestAWordIsMootWhenThePersonBeginsAgain: it would be read as the word of the new one.
func TestAWordIsMootWhenThePersonBeginsAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		back := h.allowed(h.begin(chat))
		h.host.err = errHost
		h.post(back)
		h.wantWord(chat, store.SignInOver, store.SignInFailed)
		time.Sleep(time.Second)
		h.begin(chat)
		h.wantWord(chat, "", "")
	})
}

// TestTheFirstClaimGivesMoreTime: the person reads a question before anything is linked.
func TestTheFirstClaimGivesMoreTime(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		code := h.arrive(chat)
		time.Sleep(holdLife - time.Second)
		if got := h.claim(chat, code); got.Outcome != ClaimDone || !got.SignIn.Ends.Equal(time.Now().Add(holdLife)) {
			t.Errorf("%v, ends %v", got.Outcome, got.SignIn.Ends)
		}
		time.Sleep(holdLife - time.Second)
		h.login.sweep(t.Context(), false)
		if got := h.claim(chat, code); got.Outcome != ClaimDone { // and gives no more time
			t.Errorf("a moment before its end: %v", got.Outcome)
		}
		time.Sleep(time.Second)
		h.login.sweep(t.Context(), false)
		h.wantWord(chat, store.SignInOver, store.SignInExpired)
	})
}

// TestTwoChatsWithEqualCodes: whichever is found first, each has its own.
func TestTwoChatsWithEqualCodes(t *testing.T) {
	for _, first := range []flow.ChatID{chat, otherChat} {
		inBubble(t, func(t *testing.T, h *house) {
			h.login = h.newLogin(func(c *Config) { c.NewCode = func() string { return hush + "2345" } })
			code := h.arrive(chat)
			h.arrive(otherChat)
			for _, in := range []flow.ChatID{first, chat + otherChat - first} {
				if got := h.claim(in, code); got.Outcome != ClaimDone || got.SignIn.Chat != in {
					t.Errorf("first %d, in %d: %v", first, in, got.Outcome)
				}
			}
		})
	}
}

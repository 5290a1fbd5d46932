package contract

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
)

func account(t *testing.T, w *world) {
	ctx := t.Context()
	for name, tc := range map[string]struct {
		as   apiclient.Caller
		want apiclient.Member
	}{
		"client": {w.as(owl), apiclient.Member{ID: owl, Nickname: "NightOwl77"}},
		"performer": {w.as(velvet), apiclient.Member{
			ID: velvet, Nickname: "VelvetVoice", GroupID: studio, GroupName: "North Studio",
		}},
		"manager": {w.as(desk), apiclient.Member{
			ID: desk, Nickname: "NorthDesk", GroupID: studio, GroupName: "North Studio", IsGroupManager: true,
		}},
		"who lets little be known": {w.having(velvet, "userid"), apiclient.Member{ID: velvet}},
		"who lets the name be known": {
			w.having(velvet, "userid", "nickname"),
			apiclient.Member{ID: velvet, Nickname: "VelvetVoice"},
		},
	} {
		if diff := cmp.Diff(tc.want, must[apiclient.Member](t)(w.VerifyCredentials(ctx, tc.as))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	granted := must[[]apiclient.Permission](t)(w.Permissions(ctx, w.having(owl, "userid", "profile_hotlist")))
	want := []apiclient.Permission{
		{Scope: apiclient.ScopeUserID, Granted: true, Status: "granted"},
		{Scope: apiclient.ScopeHotList, Granted: true, Status: "granted"},
	}
	if diff := cmp.Diff(want, granted); diff != "" {
		t.Errorf("permissions (-want +got)\n%s", diff)
	}
	w.sim.SetBalance(int64(owl), "112.7525")
	if got := must[apiclient.Credits](t)(w.Balance(ctx, w.as(owl))); got.Exact() != "112.7525" {
		t.Errorf("balance %s", got.Exact())
	}
}

func dashboard(t *testing.T, w *world) {
	all := apiclient.DashboardEmails | apiclient.DashboardEscortBookings | apiclient.DashboardBalance |
		apiclient.DashboardBlacklist | apiclient.DashboardHotLists
	if got := must[apiclient.Dashboard](t)(w.Dashboard(t.Context(), w.as(owl), all)); len(got) != 5 {
		t.Errorf("got %v", got)
	}
	balance := w.having(owl, "userid", "account_credits_history")
	got := must[apiclient.Dashboard](t)(w.Dashboard(t.Context(), balance, apiclient.DashboardBalance))
	if len(got) != 1 || string(got["CreditBalance"]) != "250" {
		t.Errorf("got %v", got)
	}
	refusedBy(t, fails(w.Dashboard(t.Context(), balance, all)), apiclient.ErrForbidden, http.StatusForbidden)
}

// services are read, changed and read back, by the member and by the manager, and matter elsewhere.
func services(t *testing.T, w *world) {
	ctx := t.Context()
	for name, as := range map[string]apiclient.Caller{"member": w.as(velvet), "manager": w.managing(velvet)} {
		s := must[apiclient.Services](t)(w.Services(ctx, as))
		if s.Member != velvet || !s.Offering || !s.Webcam || len(s.Untold) > 0 {
			t.Errorf("%s: got %+v", name, s)
		}
		s.SMSChat, s.Webcam, s.PhoneChat = !s.SMSChat, true, false
		if err := w.UpdateServices(ctx, as, s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, must[apiclient.Services](t)(w.Services(ctx, as))); diff != "" {
			t.Errorf("%s: read back (-want +got)\n%s", name, diff)
		}
		refusedBy(t, fails(w.Requirements(ctx, w.as(owl), velvet)), apiclient.ErrInvalid, http.StatusBadRequest)
		refusedBy(t, fails(w.PhoneChatSettings(ctx, as)), apiclient.ErrInvalid, http.StatusBadRequest)
		s.PhoneChat = true
		if err := w.UpdateServices(ctx, as, s); err != nil {
			t.Fatal(err)
		}
		must[apiclient.Requirements](t)(w.Requirements(ctx, w.as(owl), velvet))
	}
	other := apiclient.Services{Member: lark, Offering: true, Other: true, OtherServices: []int64{3, 41}}
	if err := w.UpdateServices(ctx, w.as(lark), other); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(other, must[apiclient.Services](t)(w.Services(ctx, w.as(lark)))); diff != "" {
		t.Errorf("other services (-want +got)\n%s", diff)
	}
	if err := w.UpdateServices(ctx, w.as(lark), apiclient.Services{}); err != nil {
		t.Fatal(err)
	}
	want := apiclient.Services{Member: lark}
	if diff := cmp.Diff(want, must[apiclient.Services](t)(w.Services(ctx, w.as(lark)))); diff != "" {
		t.Errorf("none (-want +got)\n%s", diff)
	}
	refusedBy(t, fails(w.CamSettings(ctx, w.as(lark))), apiclient.ErrInvalid, http.StatusBadRequest)
}

// phoneChatSettings are saved and read back; what clients are then told follows them.
func phoneChatSettings(t *testing.T, w *world) {
	ctx := t.Context()
	price := must[apiclient.Credits](t)(apiclient.ParseCredits("1.75"))
	for name, as := range map[string]apiclient.Caller{"member": w.as(velvet), "manager": w.managing(velvet)} {
		before := must[apiclient.Settings](t)(w.PhoneChatSettings(ctx, as))
		if !before.HasPrice || before.Number == "" {
			t.Errorf("%s: got %+v", name, before)
		}
		before.Price, before.Number = price, "+447700900999"
		saved := must[apiclient.Settings](t)(w.SaveSettings(ctx, as, before))
		if diff := cmp.Diff(before, saved); diff != "" {
			t.Errorf("%s: saved (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(saved, must[apiclient.Settings](t)(w.PhoneChatSettings(ctx, as))); diff != "" {
			t.Errorf("%s: read back (-want +got)\n%s", name, diff)
		}
		got := must[apiclient.Requirements](t)(w.Requirements(ctx, w.as(owl), velvet))
		want := apiclient.Requirements{
			Price: price, HasPrice: true,
			Methods: []apiclient.Method{apiclient.MethodPerformerRings, apiclient.MethodClientRings},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: requirements (-want +got)\n%s", name, diff)
		}
		saved.Number, saved.Price = "", must[apiclient.Credits](t)(apiclient.ParseCredits("1.2"))
		must[apiclient.Settings](t)(w.SaveSettings(ctx, as, saved))
		got = must[apiclient.Requirements](t)(w.Requirements(ctx, w.as(owl), velvet))
		if diff := cmp.Diff([]apiclient.Method{apiclient.MethodPerformerRings}, got.Methods); diff != "" {
			t.Errorf("%s: without a number (-want +got)\n%s", name, diff)
		}
		saved.Number = "+447700900456"
		must[apiclient.Settings](t)(w.SaveSettings(ctx, as, saved))
	}
	refusedBy(t, fails(w.PhoneChatSettings(ctx, w.as(owl))), apiclient.ErrInvalid, http.StatusBadRequest)
	free := must[apiclient.Requirements](t)(w.Requirements(ctx, w.as(owl), moth))
	if free.HasPrice || !slices.Equal(free.Methods, []apiclient.Method{apiclient.MethodClientRings}) {
		t.Errorf("no price: got %+v", free)
	}
}

// directChatSettings switch DirectChat off, and on again with the object that was read.
func directChatSettings(t *testing.T, w *world) {
	ctx, as := t.Context(), w.as(velvet)
	on := must[apiclient.Settings](t)(w.PhoneChatSettings(ctx, as))
	if only, known := on.DirectChat.DirectChatOnly(); !on.OfferDirectChat || !known || only {
		t.Errorf("got %+v", on)
	}
	off := on
	off.OfferDirectChat = false
	off = must[apiclient.Settings](t)(w.SaveSettings(ctx, as, off))
	if off.OfferDirectChat || !off.DirectChat.IsZero() {
		t.Errorf("got %+v", off)
	}
	again := must[apiclient.Settings](t)(w.SaveSettings(ctx, as, on))
	if diff := cmp.Diff(on, again); diff != "" {
		t.Errorf("on again (-want +got)\n%s", diff)
	}
	refusedBy(t, fails(w.Requirements(ctx, w.as(owl), water)), apiclient.ErrInvalid, http.StatusBadRequest)
}

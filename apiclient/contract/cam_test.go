package contract

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/apiclient/wire"
)

// pins are for each performer with DirectChat one, the first of them used.
func pins(t *testing.T, w *world) {
	got := must[[]apiclient.PIN](t)(w.PINs(t.Context(), w.as(owl)))
	if len(got) != 3 || got[0].Performer != velvet || got[1].Performer != lark || got[2].Performer != water {
		t.Fatalf("got %+v", got)
	}
	for i, pin := range got {
		if len(pin.Code.Reveal()) != 5 || pin.Nickname == "" || !pin.Created.Before(start) {
			t.Errorf("got %+v", pin)
		}
		if used := i == 0; (pin.Calls > 0) != used || pin.LastCall.IsZero() == used {
			t.Errorf("got %+v", pin)
		}
	}
	if got = must[[]apiclient.PIN](t)(w.PINs(t.Context(), w.as(velvet))); len(got) != 0 {
		t.Errorf("a performer has %+v", got)
	}
}

// cam settings are saved and read back, what nobody knows among them too.
func cam(t *testing.T, w *world) {
	ctx := t.Context()
	for name, as := range map[string]apiclient.Caller{"member": w.as(velvet), "manager": w.managing(velvet)} {
		s := must[apiclient.CamSettings](t)(w.CamSettings(ctx, as))
		if s.Free == nil || s.PrivatePrice == nil || s.PrivatePrice.String() != "2.40" {
			t.Errorf("%s: got %+v", name, s)
		}
		s.Group, s.GroupPrice, s.FreeTime = new(true), new(apiclient.WholeCredits(2)), new(15)
		s.More = wire.More(`{"ShowLiveThumbnail":true}`)
		saved := must[apiclient.CamSettings](t)(w.SaveCamSettings(ctx, as, s))
		if diff := cmp.Diff(s, saved); diff != "" {
			t.Errorf("%s: saved (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(saved, must[apiclient.CamSettings](t)(w.CamSettings(ctx, as))); diff != "" {
			t.Errorf("%s: read back (-want +got)\n%s", name, diff)
		}
	}
	s := must[apiclient.CamSettings](t)(w.CamSettings(ctx, w.as(velvet)))
	s.FreeTimePeriod = new(45) // within the document's bounds, but neither 15 nor 30 nor whole hours
	refusedBy(t, fails(w.SaveCamSettings(ctx, w.as(velvet), s)), apiclient.ErrInvalid, http.StatusBadRequest)
	refusedBy(t, fails(w.CamSettings(ctx, w.as(owl))), apiclient.ErrInvalid, http.StatusBadRequest)
}

// offers are added, listed, changed by the member and the manager, and deleted; then their list is gone.
func offers(t *testing.T, w *world) {
	ctx, as := t.Context(), w.as(velvet)
	list := func() []apiclient.Offer { t.Helper(); return must[[]apiclient.Offer](t)(w.Offers(ctx, as)) }
	if len(list()) != 1 {
		t.Errorf("at first: %+v", list())
	}
	price := must[apiclient.Credits](t)(apiclient.ParseCredits("7.5"))
	added := must[apiclient.Offer](t)(w.AddOffer(ctx, as, apiclient.Offer{
		Title: "Ten minutes", Duration: 10, Mode: apiclient.ModeGroup, Price: price, ContinueAfter: true,
	}))
	if added.ID == 0 || added.Number != 2 || added.Title != "Ten minutes" || !added.Price.Equal(price) || added.Available || !added.ContinueAfter {
		t.Errorf("added: %+v", added)
	}
	for _, by := range []apiclient.Caller{as, w.managing(velvet)} {
		added.Title, added.Available, added.Mode = added.Title+"!", !added.Available, apiclient.ModePrivate
		updated := must[apiclient.Offer](t)(w.UpdateOffer(ctx, by, added))
		if diff := cmp.Diff(added, updated); diff != "" {
			t.Errorf("updated (-want +got)\n%s", diff)
		}
		if all := list(); len(all) != 2 || !cmp.Equal(added, all[1]) {
			t.Errorf("listed: %+v", all)
		}
	}
	if err := w.DeleteOffer(ctx, as, added.ID); err != nil {
		t.Error(err)
	}
	if all := list(); len(all) != 1 || all[0].ID == added.ID {
		t.Errorf("still there: %+v", all)
	}
	refusedBy(t, w.DeleteOffer(ctx, as, added.ID), apiclient.ErrNotFound, http.StatusNotFound)
	refusedBy(t, fails(w.UpdateOffer(ctx, as, added)), apiclient.ErrNotFound, http.StatusNotFound)
	w.sim.HideGuessed(true)
	err := fails(w.Offers(ctx, as))
	refusedBy(t, err, apiclient.ErrNotFound, http.StatusNotFound)
	if !apiclient.Missing(err) {
		t.Errorf("%v is not known to be a list that there may not be", err)
	}
}

// hotLists gain and lose a member, once each however often it is asked for.
func hotLists(t *testing.T, w *world) {
	ctx, as := t.Context(), w.as(owl)
	all := must[[]apiclient.HotList](t)(w.HotLists(ctx, as))
	if len(all) != 2 || all[0].Owner != owl || len(all[0].Members) != 2 || len(all[1].Members) != 0 {
		t.Fatalf("got %+v", all)
	}
	if diff := cmp.Diff(all[0], must[apiclient.HotList](t)(w.HotList(ctx, as, 0))); diff != "" {
		t.Errorf("the first (-want +got)\n%s", diff)
	}
	booked := w.sim.AddBooking(seedFor(owl, moth, 77))
	for range 2 {
		if err := w.AddToHotList(ctx, as, all[1].ID, moth); err != nil {
			t.Fatal(err)
		}
		got := must[apiclient.HotList](t)(w.HotList(ctx, as, all[1].ID))
		if len(got.Members) != 1 || got.Members[0].ID != moth || got.Members[0].Nickname != "SilverMoth" ||
			got.Members[0].Interactions != 1 || !got.Members[0].LastInteraction.Equal(start) {
			t.Errorf("with booking %d: %+v", booked, got.Members)
		}
	}
	if never := all[0].Members[0]; never.Interactions != 0 || !never.LastInteraction.IsZero() {
		t.Errorf("got %+v", never)
	}
	for range 2 {
		if err := w.RemoveFromHotList(ctx, as, all[1].ID, moth); err != nil {
			t.Fatal(err)
		}
	}
	if got := must[apiclient.HotList](t)(w.HotList(ctx, as, all[1].ID)); len(got.Members) != 0 {
		t.Errorf("still there: %+v", got.Members)
	}
	refusedBy(t, fails(w.HotList(ctx, w.as(velvet), all[1].ID)), apiclient.ErrNotFound, http.StatusNotFound)
	refusedBy(t, w.AddToHotList(ctx, w.as(velvet), all[1].ID, moth), apiclient.ErrNotFound, http.StatusNotFound)
	refusedBy(t, w.AddToHotList(ctx, as, all[1].ID, nobody), apiclient.ErrInvalid, http.StatusBadRequest)
	refusedBy(t, w.RemoveFromHotList(ctx, as, all[1].ID, nobody), apiclient.ErrInvalid, http.StatusBadRequest)
}

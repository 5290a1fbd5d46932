package conversations

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func FuzzMemberNumber(f *testing.F) {
	for _, seed := range []string{"771204", "#771204", " 1 ", "0", "-1", "+1", "1e3", "٧", "", "##1", "99999999999999999999", "1 2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		number, ok := memberNumber(text)
		if ok != (number > 0) {
			t.Errorf("%q is %d, %v", text, number, ok)
		}
		if again, _ := memberNumber(strconv.FormatInt(number, 10)); ok && again != number {
			t.Errorf("%d comes back as %d", number, again)
		}
	})
}

// The pages of a list hold all of it, in order and once, and a page that is not there is the nearest.
func TestPagesHoldAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int(), 0, 70).Draw(t, "all")
		perPage := rapid.IntRange(1, 25).Draw(t, "per page")
		var seen []int
		for page, pages := 1, 1; page <= pages; page++ {
			var shown []int
			var at int
			if shown, at, pages = cut(all, page, perPage); at != page || len(shown) > perPage {
				t.Fatalf("page %d is %d, with %d", page, at, len(shown))
			}
			seen = append(seen, shown...)
		}
		if len(seen) != len(all) {
			t.Fatalf("%d of %d", len(seen), len(all))
		}
		for i := range all {
			if seen[i] != all[i] {
				t.Fatalf("%v is shown as %v", all, seen)
			}
		}
		if _, at, pages := cut(all, rapid.Int().Draw(t, "page"), perPage); at < 1 || at > pages {
			t.Fatalf("page %d of %d", at, pages)
		}
	})
}

package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// schemas goes through the document: each schema with its shape and its samples as JSON.
func schemas(t *testing.T, each func(t *testing.T, schema *openapi3.Schema, s shape)) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := shapes()
	for name, ref := range doc.Components.Schemas {
		t.Run(name, func(t *testing.T) {
			s, ok := known[name]
			if !ok {
				t.Fatal("the schema has no wire shape here")
			}
			for _, example := range ref.Value.Examples {
				data, err := json.Marshal(example)
				if err != nil {
					t.Fatal(err)
				}
				s.samples = append(s.samples, string(data))
			}
			if len(s.samples) == 0 {
				t.Fatal("the schema has neither example nor sample")
			}
			each(t, ref.Value, s)
		})
		delete(known, name)
	}
	for name := range known {
		t.Errorf("the document has no schema %s", name)
	}
}

// Whatever is read is written again: to the digit, and in the shape that the document has for it.
func TestEverySchemaThereAndBack(t *testing.T) {
	schemas(t, func(t *testing.T, schema *openapi3.Schema, s shape) {
		for _, sample := range s.samples {
			got := again(t, s, sample)
			if diff := cmp.Diff(value(t, sample), value(t, got)); diff != "" {
				t.Error(diff)
			}
			for which, text := range map[string]string{"the sample": sample, "what is written": got} {
				var plain any
				if err := json.Unmarshal([]byte(text), &plain); err != nil {
					t.Fatal(err)
				}
				if err := schema.VisitJSON(plain, openapi3.EnableJSONSchema2020()); err != nil {
					t.Errorf("%s is not of the schema: %v", which, err)
				}
			}
		}
	})
}

// Each property of the document is sampled, and has a field of its own instead of a place in More.
func TestEveryPropertyHasAField(t *testing.T) {
	schemas(t, func(t *testing.T, schema *openapi3.Schema, s shape) {
		for name := range schema.Properties {
			if !slices.ContainsFunc(s.samples, func(sample string) bool {
				var object map[string]any
				return json.Unmarshal([]byte(sample), &object) == nil && object[name] != nil
			}) {
				t.Errorf("no sample has %s", name)
			}
		}
		for _, sample := range s.samples {
			if n, err := s.extra([]byte(sample)); n != 0 || err != nil {
				t.Errorf("%d objects of %s have members without a field (%v)", n, sample, err)
			}
		}
	})
}

// Nobody knows which case the platform writes.
func TestNamesInAnyCase(t *testing.T) {
	schemas(t, func(t *testing.T, _ *openapi3.Schema, s shape) {
		for _, sample := range s.samples {
			for _, spell := range []func(string) string{strings.ToLower, strings.ToUpper, camel} {
				odd := renamed(value(t, sample), spell)
				got := again(t, s, text(t, odd))
				if diff := cmp.Diff(renamed(odd, strings.ToLower), renamed(value(t, got), strings.ToLower)); diff != "" {
					t.Error(diff)
				}
			}
		}
	})
}

// A reply may have more in it than the contract knows, at every level.
func TestUnknownMembersSurvive(t *testing.T) {
	schemas(t, func(t *testing.T, _ *openapi3.Schema, s shape) {
		if s.strict {
			return // a request: nothing more is sent than the contract names
		}
		for _, sample := range s.samples {
			more := crowded(value(t, sample))
			if diff := cmp.Diff(more, value(t, again(t, s, text(t, more)))); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// Where the contract allows null, and where it allows nothing at all, null is understood as nothing.
func TestNullsAreNothing(t *testing.T) {
	schemas(t, func(t *testing.T, schema *openapi3.Schema, s shape) {
		for name, property := range schema.Properties {
			if slices.Contains(schema.Required, name) && !nullable(property.Value) {
				continue
			}
			for _, sample := range s.samples {
				object, _ := value(t, sample).(map[string]any)
				delete(object, name)
				without := text(t, object)
				object[name] = nil
				if diff := cmp.Diff(value(t, without), value(t, again(t, s, text(t, object)))); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		}
	})
}

func nullable(s *openapi3.Schema) bool {
	return s.Type.Includes("null") || slices.ContainsFunc(s.OneOf, func(one *openapi3.SchemaRef) bool { return one.Value.Type.Includes("null") })
}

func again(t *testing.T, s shape, sample string) string {
	t.Helper()
	data, err := s.trip([]byte(sample))
	if err != nil {
		t.Fatalf("%s: %v", sample, err)
	}
	return string(data)
}

// value is JSON as data: numbers as they are spelt, and members that are null left out, as absent and
// null are the same.
func value(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return withoutNulls(v)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil })
		for name, member := range v {
			v[name] = withoutNulls(member)
		}
	case []any:
		for i, element := range v {
			v[i] = withoutNulls(element)
		}
	}
	return v
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// renamed has the names of all members spelt otherwise.
func renamed(v any, spell func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for name, member := range v {
			all[spell(name)] = renamed(member, spell)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = renamed(element, spell)
		}
		return all
	default:
		return v
	}
}

func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// crowded has an unknown member in every object. ModelState, whose members all have a meaning, is left
// alone.
func crowded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name != "ModelState" {
				v[name] = crowded(member)
			}
		}
		v["Unheard"] = map[string]any{"Of": []any{json.Number("1.2500"), "x", true, map[string]any{}}}
	case []any:
		for i, element := range v {
			v[i] = crowded(element)
		}
	}
	return v
}

func TestUnknownWordsSurvive(t *testing.T) {
	for name, tc := range map[string]struct {
		s      shape
		sample string
	}{
		"a status":  {of[MadeBooking](), strings.Replace(made, "Cancelled", "Expired (auto)", 1)},
		"a method":  {of[ReceivedBooking](), strings.Replace(received, `"Method":3`, `"Method":17`, 1)},
		"a mode":    {of[Offer](), `{"OfferID":1,"Title":"x","Duration":5,"ModeID":9,"TotalPrice":5}`},
		"a grant":   {of[Permissions](), `{"Permissions":[{"Permission":"telepathy","Status":"pending?"}]}`},
		"a minute":  {of[CamSettings](), `{"FreeTimeMins":7,"FreeTimePeriod":9999}`},
		"an ID":     {of[BookingID](), `{"BookingID":9223372036854775807}`},
		"a surname": {of[PINUser](), `{"Id":1,"Username":"Zoë 🦉 <b>&amp;"}`},
	} {
		if diff := cmp.Diff(value(t, tc.sample), value(t, again(t, tc.s, tc.sample))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestMethodAsWritten(t *testing.T) {
	if got, err := Encode(Method{Method: 3, Available: true}); err != nil || string(got) != `{"Method":3,"Available":true}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestBareValues(t *testing.T) {
	var balance Number
	if err := Decode([]byte(` 112.5000 `), &balance); err != nil || balance != "112.5000" {
		t.Errorf("a number: %q, %v", balance, err)
	}
	var word string
	if err := Decode([]byte(`"Verified"`), &word); err != nil || word != "Verified" {
		t.Errorf("a string: %q, %v", word, err)
	}
	var pins []PIN
	if err := Decode([]byte(`[{"PIN":"00817"},{"pin":"4"}]`), &pins); err != nil || len(pins) != 2 || pins[0].PIN != "00817" || pins[1].PIN != "4" {
		t.Errorf("an array: %+v, %v", pins, err)
	}
	var offers []Offer
	if err := Decode([]byte(`{}`), &offers); err == nil {
		t.Error("an object was read as an array")
	}
}

// What a careless server may write is still read.
func TestDecodeIsLenient(t *testing.T) {
	for name, in := range map[string]string{
		"a name twice":    `{"UserID":1,"Nickname":"x","UserID":2}`,
		"in two cases":    `{"userid":1,"UserID":2,"nickname":"x"}`,
		"a number quoted": `{"UserID":2,"Nickname":"x"}`,
		"broken UTF-8":    "{\"UserID\":2,\"Nickname\":\"x\",\"Odd\":\"\xff\"}",
	} {
		var w VerifiedUser
		if err := Decode([]byte(in), &w); err != nil || w.UserID != 2 || w.Nickname == nil || *w.Nickname != "x" {
			t.Errorf("%s: %+v, %v", name, w, err)
		}
		if _, err := Encode(w); err != nil {
			t.Errorf("%s, written again: %v", name, err)
		}
	}
}

func TestPlace(t *testing.T) {
	for in, want := range map[string]string{
		`{"Bookings":[{"Credits":1},{"Credits":"x"}]}`:   "Bookings/1/Credits",
		`{"Bookings":[{"Candidate":{"UserID":"hush"}}]}`: "Bookings/0/Candidate/UserID",
		`{"PageCount":"many"}`:                           "PageCount",
		`[]`:                                             "",
		`{"Bookings":`:                                   "",
		fmt.Sprintf(`{"PageNumber":%s}`, strings.Repeat("9", 40)): "PageNumber",
	} {
		if got := Place(Decode([]byte(in), &PageOf[MadeBooking]{})); got != want {
			t.Errorf("%s: at %q, want %q", in, got, want)
		}
	}
	if got := Place(nil); got != "" {
		t.Errorf("no error: at %q", got)
	}
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]Number{
		`24.5000`: "24.5000", `"24.50"`: "24.50", `null`: "", `0`: "0", `-0`: "-0", `1.5E+1`: "1.5E+1", `1e999999`: "1e999999",
		`" 5 "`: "5",
	} {
		var n Number
		if err := Decode([]byte(in), &n); err != nil || n != want {
			t.Errorf("%s: %q, %v, want %q", in, n, err, want)
		}
	}
	for _, in := range []string{`""`, `"x"`, `true`, `{}`, `[1]`, `"null"`, `"1,5"`, `"1 2"`, `"0x1"`, `"+1"`, `".5"`, `"NaN"`, `"\u0031"`, `1.`, `01`} {
		n := Number("7")
		if err := Decode([]byte(in), &n); err == nil {
			t.Errorf("%s was read as %q", in, n)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{`24.5000`, `"24.50"`, `null`, `" 5"`, `"`, `""`, `1e999999`, `-`, ``, "\"1\n\"", `"1" `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var n, back Number
		if n.UnmarshalJSON(in) != nil {
			return
		}
		data, err := n.MarshalJSON()
		if err != nil || !json.Valid(data) || back.UnmarshalJSON(data) != nil || back != n {
			t.Fatalf("%q became %q, then %q, then %q (%v)", in, n, data, back, err)
		}
		if n != "" && strings.TrimSpace(n.String()) != n.String() {
			t.Errorf("%q is kept with blanks: %q", in, n)
		}
	})
}

// What was once read can be written, and reads the same.
func FuzzShape(f *testing.F) {
	for _, seed := range []string{page + made + `]}`, `{"bookings":[{"x":1,"x":2}]}`, "{\"\xff\":[{}]}", `{"Bookings":[null]}`, `{"More":{},"":0}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		once, err := trip[PageOf[MadeBooking]](in)
		if err != nil {
			return
		}
		twice, err := trip[PageOf[MadeBooking]](once)
		if err != nil || string(once) != string(twice) {
			t.Errorf("%q became %q, then %q (%v)", in, once, twice, err)
		}
	})
}

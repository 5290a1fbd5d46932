package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

const known = "tok_hunted-through-every-verb"

// bearers holds a secret in every way that a careless struct might.
type bearers struct {
	Shown  secret.String
	hidden secret.String // fmt asks no method of an unexported field
	Many   []secret.String
	named  map[string]secret.String
	Behind *secret.String
	Any    any
	plain  string // under %d fmt complains, and prints all of the struct while it does
}

func bearing() bearers {
	s := secret.New(known)
	return bearers{s, s, []secret.String{s}, map[string]secret.String{"a": s}, &s, s, "plain"}
}

// variants are the shapes in which text may leak: as it is, in hexadecimal, as numbers.
func variants(text string) []string {
	spaced := fmt.Sprint([]byte(text))
	return []string{
		text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprintf("% x", text),
		strings.Trim(spaced, "[]"), fmt.Sprintf("%q", text),
	}
}

func refuseLeak(t *testing.T, how, printed string) {
	t.Helper()
	for _, leak := range variants(known) {
		if strings.Contains(printed, leak) {
			t.Errorf("%s shows the secret", how)
		}
	}
}

func TestStringIsNeverPrinted(t *testing.T) {
	s := secret.New(known)
	var verbs []string
	for verb := 'A'; verb <= 'z'; verb++ {
		for _, flags := range []string{"", "+", "#", " ", "0", "-80", "80.3", "+#"} {
			verbs = append(verbs, "%"+flags+string(verb))
		}
	}
	for _, verb := range verbs {
		if strings.ContainsAny(verb, "[]") || strings.HasSuffix(verb, "T") || strings.HasSuffix(verb, "p") {
			continue // an argument index, a type, an address: none asks for the content
		}
		got := fmt.Sprintf(verb, s)
		if got != "[redacted]" && !strings.HasSuffix(verb, "w") { // %w is for errors, and fmt says so
			t.Errorf("%s prints %q", verb, got)
		}
		refuseLeak(t, verb, got)
		b := bearing()
		refuseLeak(t, verb+" of a struct", fmt.Sprintf(verb, b))
		refuseLeak(t, verb+" of a pointer", fmt.Sprintf(verb, &b))
		refuseLeak(t, verb+" of a slice", fmt.Sprintf(verb, []bearers{b}))
	}
	if s.String() != "[redacted]" || s.GoString() != "[redacted]" || fmt.Sprint(s) != "[redacted]" {
		t.Error("String, GoString or Sprint shows something else than [redacted]")
	}
}

func TestStringIsNeverPrintedByOthers(t *testing.T) {
	b := bearing()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "token", b.Shown, "all", b)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "token", b.Shown, "all", b)
	refuseLeak(t, "slog", log.String())

	refuseLeak(t, "errorf", fmt.Errorf("with %v: %w", b, errors.ErrUnsupported).Error())
	// A diff goes to any length to tell two values apart.
	refuseLeak(t, "cmp.Diff", cmp.Diff(b.Shown, secret.New("another")))
	refuseLeak(t, "cmp.Diff of a struct",
		cmp.Diff(struct{ T secret.String }{b.Shown}, struct{ T secret.String }{}))
}

func TestStringRefusesToBeMarshalled(t *testing.T) {
	type holder struct{ Token secret.String }
	held := holder{secret.New(known)}
	encoders := map[string]func(any) ([]byte, error){
		"json": json.Marshal,
		"xml":  xml.Marshal,
		"gob": func(v any) ([]byte, error) {
			var out bytes.Buffer
			err := gob.NewEncoder(&out).Encode(v)
			return out.Bytes(), err
		},
	}
	for name, encode := range encoders {
		for _, v := range []any{held, &held, held.Token, []holder{held}} {
			out, err := encode(v)
			if !errors.Is(err, secret.ErrMarshal) && (err == nil || !strings.Contains(err.Error(), secret.ErrMarshal.Error())) {
				t.Errorf("%s of %T: %v, want ErrMarshal", name, v, err)
			}
			refuseLeak(t, name, string(out))
		}
	}
	for name, marshal := range map[string]func() ([]byte, error){
		"text": held.Token.MarshalText, "json": held.Token.MarshalJSON,
		"binary": held.Token.MarshalBinary, "gob": held.Token.GobEncode,
	} {
		if out, err := marshal(); !errors.Is(err, secret.ErrMarshal) || out != nil {
			t.Errorf("Marshal %s = %d bytes, %v", name, len(out), err)
		}
	}
}

func TestStringKeepsItsContent(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "plain": known, "binary": "\x00\xff", "redacted": "[redacted]"} {
		t.Run(name, func(t *testing.T) {
			s := secret.New(text)
			if s.Reveal() != text {
				t.Error("Reveal gives something else")
			}
			if got, want := s.IsZero(), text == ""; got != want {
				t.Errorf("IsZero = %v, want %v", got, want)
			}
			if !s.Equal(secret.New(text)) || s.Equal(secret.New(text+"x")) {
				t.Error("Equal does not tell the content apart")
			}
		})
	}
}

package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDrawnFormsAreThoseOfTheProgram(t *testing.T) {
	var printed, complaints bytes.Buffer
	if err := command(&printed, &complaints).Run(t.Context(), []string{"phonechatbot", "flows"}); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("../../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), printed.String()); diff != "" {
		t.Errorf("docs/flows.md is old; renew it with\n\n    go run ./cmd/phonechatbot flows > docs/flows.md\n\n%s", diff)
	}
}

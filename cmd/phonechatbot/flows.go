package main

import (
	"fmt"
	"strings"

	"phonechatbot/conversations"
	"phonechatbot/internal/wording"
)

const flowsHead = `# The forms

Printed by ` + "`phonechatbot flows`" + `; don't edit.

Each form is a value of internal/flow, drawn from what it declares. Steps are asked from above; one that has an answer
which still holds is passed by. A step needs the steps whose answers it reads, and is asked again when one of them changes
so that its own answer does not hold any more. What it loads is read from the site first; if that fails, the card says so
and offers to try again, with all answers kept.
`

// flowsPage is docs/flows.md: every form with its title in English and its diagram.
func flowsPage() string {
	var page strings.Builder
	page.WriteString(flowsHead)
	for _, f := range conversations.Flows() {
		fmt.Fprintf(&page, "\n## %s: %s\n\n```mermaid\n%s```\n", f.Name, wording.Catalogue{}.Plain(f.Title), f.Mermaid())
	}
	return page.String()
}

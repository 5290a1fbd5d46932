package apisim

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"phonechatbot/apiclient/wire"
)

// mostPages is the highest page number that may be asked for.
const mostPages = 1 << 30

// nothing is the reply where the contract has not seen one: an empty object.
type nothing struct{}

// given are the members of a request body by their folded names. Null counts as not given.
type given map[string]wire.Opaque

// membersOf are all members of a JSON object by their folded names, null or not. An object that holds
// one name in two spellings is refused, since it could be read either way.
func membersOf(body []byte) (map[string]wire.Opaque, error) {
	var all map[string]wire.Opaque
	if err := decode(body, &all); err != nil {
		return nil, err
	}
	folded := make(map[string]wire.Opaque, len(all))
	for name, value := range all {
		name = fold(name)
		if _, twice := folded[name]; twice {
			return nil, refusal(http.StatusBadRequest, "The request is ambiguous.")
		}
		folded[name] = value
	}
	return folded, nil
}

// fold takes the same spellings for one name as wire.Decode does.
func fold(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(strings.ToUpper(name)))
}

// readBody decodes a request of which some members have to be there.
func readBody(body []byte, into any, required ...string) (given, error) {
	if err := decode(body, into); err != nil {
		return nil, err
	}
	all, err := membersOf(body)
	if err != nil {
		return nil, err
	}
	in := given(all)
	maps.DeleteFunc(in, func(_ string, value wire.Opaque) bool { return value.Kind() == 'n' })
	var ps problems
	in.require(&ps, required...)
	return in, ps.err()
}

func (in given) has(name string) bool {
	_, ok := in[strings.ToLower(name)]
	return ok
}

func (in given) require(ps *problems, names ...string) {
	for _, name := range names {
		if !in.has(name) {
			ps.add(name, "This field is required.")
		}
	}
}

// amount reads an exact decimal, 0 if it is not given. As with credits, quotes and amounts below zero
// are refused.
func (in given) amount(ps *problems, name string) decimal.Decimal {
	if !in.has(name) {
		return decimal.Zero
	}
	amount, ok := parseAmount(string(in[strings.ToLower(name)]))
	if !ok || amount.IsNegative() {
		ps.add(name, "A number is required, and not below zero.")
	}
	return amount
}

// filters are the query, or the members of the JSON body of a read that takes both methods. What is
// null there is empty.
func (c call) filters() (query, error) {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return c.query, nil
	}
	all, err := membersOf(c.body)
	if err != nil {
		return nil, err
	}
	q := make(query, len(all))
	for name, value := range all {
		text, ok := scalar(value)
		if !ok {
			return nil, refusal(http.StatusBadRequest, "The request is malformed.")
		}
		q[name] = text
	}
	return q, nil
}

func scalar(value wire.Opaque) (text string, ok bool) {
	switch value.Kind() {
	case 'n':
		return "", true
	case '"':
		return text, wire.Decode(value, &text) == nil
	case '0', 't', 'f':
		return string(value), true
	}
	return "", false
}

// flag reads an optional true or false.
func (q query) flag(ps *problems, name string) bool {
	text, isGiven := q[strings.ToLower(name)]
	if !isGiven {
		return false
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		ps.add(name, "True or false is required.")
	}
	return on
}

// word reads an optional word out of a known few.
func (q query) word(ps *problems, name string, known ...string) string {
	text, isGiven := q[strings.ToLower(name)]
	if !isGiven {
		return ""
	}
	for _, word := range known {
		if word == text {
			return text
		}
	}
	ps.add(name, "This value is not known.")
	return ""
}

// paging is the part of a list that was asked for.
type paging struct{ perPage, page int }

func (q query) paging(ps *problems, perPage string, fallback, most int) paging {
	return paging{
		perPage: q.number(ps, perPage, fallback, 1, most),
		page:    q.number(ps, "PageNumber", 1, 1, mostPages),
	}
}

// cut is the page of rows, and how many pages there are. A page beyond the last is empty.
func cut[T any](want paging, rows []T) (page []T, pages int) {
	first := min((want.page-1)*want.perPage, len(rows))
	return rows[first:min(first+want.perPage, len(rows))], (len(rows) + want.perPage - 1) / want.perPage
}

package apisim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient/wire"
)

// spoiler is how a kind of fault spoils the JSON of a reply; nil if it does not.
func (f Fault) spoiler() func(any) any {
	switch f.Kind {
	case FaultWrongTypes:
		return wrongTypes
	case FaultUnknownStatus:
		return unknownStatus
	case FaultExtraFields:
		return extraFields
	case FaultNulls:
		return nulls
	case FaultClockSkew:
		return skewed(f.Delay)
	default:
		return nil
	}
}

// spoiled puts a reply through a spoiler. What is not JSON stays as it is. Numbers that are not touched
// keep their spelling, members do not keep their order.
func spoiled(body []byte, spoil func(any) any) []byte {
	if spoil == nil || !json.Valid(body) {
		return body
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return body
	}
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(spoil(value)); err != nil {
		return body
	}
	return bytes.TrimSpace(written.Bytes())
}

// rebuilt is a copy of a parsed value in which every part, inner ones first, went through change.
func rebuilt(value any, change func(any) any) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = rebuilt(member, change)
		}
		return change(object)
	case []any:
		list := make([]any, len(v))
		for i, entry := range v {
			list[i] = rebuilt(entry, change)
		}
		return change(list)
	default:
		return change(v)
	}
}

// rebuiltObjects is rebuilt for changes that concern objects only; change may write into what it gets.
func rebuiltObjects(value any, change func(map[string]any)) any {
	return rebuilt(value, func(part any) any {
		if object, ok := part.(map[string]any); ok {
			change(object)
		}
		return part
	})
}

// wrongTypes makes numbers strings, times numbers (seconds since 1970), other strings objects, and
// booleans numbers.
func wrongTypes(value any) any {
	return rebuilt(value, func(part any) any {
		switch v := part.(type) {
		case json.Number:
			return v.String()
		case string:
			if moment, err := time.Parse(wire.ReplyTime, v); err == nil {
				return json.Number(strconv.FormatInt(moment.Unix(), 10))
			}
			return map[string]any{"Value": v}
		case bool:
			if v {
				return json.Number("1")
			}
			return json.Number("0")
		}
		return part
	})
}

// nobodysStatus is a state of bookings that the contract does not list.
const nobodysStatus = "Mislaid"

// unknownStatus puts all bookings into a state that nobody knows.
func unknownStatus(value any) any {
	return rebuiltObjects(value, func(object map[string]any) {
		_, isBooking := object["BookingID"]
		if _, ok := object["Status"]; ok && isBooking {
			object["Status"] = nobodysStatus
		}
	})
}

// nobodysMember is what extraFields adds to objects.
const nobodysMember = "NotInTheContract"

// extraFields gives every object a member that nobody knows, with more of them inside.
func extraFields(value any) any {
	return rebuiltObjects(value, func(object map[string]any) {
		object[nobodysMember] = map[string]any{
			nobodysMember: []any{json.Number("1"), "two", nil, map[string]any{nobodysMember: false}},
		}
	})
}

// promised are the members that the contract lists as required in a reply and does not allow to be
// null, whatever the schema they belong to, in lower case. Available is among them, without which an
// entry of Methods says nothing, and so is the sentence of a refusal.
func promised() []string {
	return strings.Fields(`
		access_token token_type expires_in error message modelstate
		bookingid duration credits status method createdate sessiondate acceptby lastupdated candidate client
		userid nickname pagecount pagenumber bookingstotal bookingsperpage bookings methods available deleted
		offerdirectchat user pin createddate numberofcalls inprogress id username
		offerid title modeid totalprice permissions permission
		hotlistdetails hotlistmembers listid listname profiles members`)
}

// nulls makes every member null that is not promised.
func nulls(value any) any {
	kept := promised()
	return rebuiltObjects(value, func(object map[string]any) {
		for name := range object {
			if !slices.Contains(kept, strings.ToLower(name)) {
				object[name] = nil
			}
		}
	})
}

// skewed moves every time by so much, except the one that means never.
func skewed(by time.Duration) func(any) any {
	return func(value any) any {
		return rebuilt(value, func(part any) any {
			text, ok := part.(string)
			if !ok || text == wire.Never {
				return part
			}
			moment, err := time.Parse(wire.ReplyTime, text)
			if err != nil {
				return part
			}
			return moment.Add(by).Format(wire.ReplyTime)
		})
	}
}

// pageEnd is how a page of a list ended. The zero value is before the first page.
type pageEnd struct {
	page int64
	row  any // nil if it had no rows
}

// shifted puts the row that ended the page before in place of a page's first one, as happens with rows
// that tie in an order and change places between two requests: one is seen twice, another not at all.
// It answers how the page ends now. Replies that are no page of a list stay as they are.
func shifted(value any, before pageEnd) (any, pageEnd) {
	object, ok := value.(map[string]any)
	if !ok {
		return value, before
	}
	number, _ := object["PageNumber"].(json.Number)
	page, err := number.Int64()
	name, rows := rowsOf(object)
	if err != nil || name == "" {
		return value, before
	}
	if len(rows) == 0 {
		return value, pageEnd{page: page}
	}
	if before.page == page-1 && before.row != nil {
		object, rows = maps.Clone(object), slices.Clone(rows)
		rows[0] = before.row
		object[name] = rows
	}
	return object, pageEnd{page, rows[len(rows)-1]}
}

// rowsOf finds the member that holds a page's rows; "" if there is none, or more than one.
func rowsOf(object map[string]any) (name string, rows []any) {
	for member, value := range object {
		if list, ok := value.([]any); ok {
			if name != "" {
				return "", nil
			}
			name, rows = member, list
		}
	}
	return name, rows
}

// shifter spoils one page of a list for the caller who asked for the page before under this fault.
func (fs *faults) shifter(r *http.Request) func(any) any {
	query := r.URL.Query()
	maps.DeleteFunc(query, func(name string, _ []string) bool { return strings.EqualFold(name, "PageNumber") })
	list := r.Header.Get("Authorization") + " " + strings.ToLower(r.URL.Path) + "?" + query.Encode()
	return func(value any) any {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		value, fs.ends[list] = shifted(value, fs.ends[list])
		return value
	}
}

package apisim

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestDecodeWantsNumbers(t *testing.T) {
	type row struct {
		Price  *wire.Number `json:"Price"`
		Opaque wire.Opaque  `json:"Opaque,omitzero"`
	}
	type shape struct {
		row
		Minutes int         `json:"Minutes"`
		Total   wire.Number `json:"Total"`
		Rows    []row       `json:"Rows"`
		Only    bool
		More    wire.More `json:",inline"`
	}
	for body, want := range map[string]string{
		`{"Minutes":5,"Total":1.50,"Price":2,"Rows":[{"Price":3}],"Only":true}`: "",
		`{"Total":null,"Rows":null,"Price":null,"Unknown":"7"}`:                 "",
		`{"Rows":[{"Opaque":{"Price":"3"}}],"Opaque":"1"}`:                      "", // not ours to judge
		`{"Minutes":"5"}`:                      "Minutes",
		`{"Minutes":5.5}`:                      "Minutes",
		`{"Total":"1.50"}`:                     "Total",
		`{"total":"1.50"}`:                     "Total",
		`{"Total":1,"TOTAL": "1.50"}`:          "Total",
		`{"Price":"2"}`:                        "Price",
		`{"Rows":[{"Price":3},{"Price":"3"}]}`: "Rows/Price",
		`{"Total":true}`:                       "Total",
		`{"Total":{}}`:                         "Total",
		`{"Only":"true"}`:                      "Only",
		`{"Only":1}`:                           "Only",
		`{"Rows":{}}`:                          "Rows",
	} {
		err := decode([]byte(body), new(shape))
		var fields []string
		if refused, ok := errors.AsType[*RefusalError](err); ok {
			for field := range refused.Fields {
				fields = append(fields, field)
			}
		}
		var blame []string
		if want != "" {
			blame = []string{"request." + want}
		}
		if diff := cmp.Diff(blame, fields); diff != "" || (err == nil) != (want == "") {
			t.Errorf("%s: %v (-want +got):\n%s", body, err, diff)
		}
	}
}

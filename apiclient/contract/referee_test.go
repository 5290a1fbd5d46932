package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"phonechatbot/apiclient/wire"
)

// rulebook is the document, ready to judge by. It is read once and shared.
type rulebook struct {
	doc    *openapi3.T
	router routers.Router
	spelt  map[string]string // members of replies by their name in lower case
}

func readRulebook(t *testing.T) *rulebook {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	// The local platform serves all hosts of the document, the one of the login too.
	doc.Servers = nil
	spelt := map[string]string{}
	for _, schema := range doc.Components.Schemas {
		for name := range schema.Value.Properties {
			spelt[strings.ToLower(name)] = name
		}
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatalf("router: %v", err)
	}
	return &rulebook{doc, router, spelt}
}

// operations are the names of all operations and what the document says of them.
func (b *rulebook) operations() map[string]*openapi3.Operation {
	all := map[string]*openapi3.Operation{}
	for _, item := range b.doc.Paths.Map() {
		for _, op := range item.Operations() {
			all[op.OperationID] = op
		}
	}
	return all
}

// tally counts what was judged, by operation.
type tally struct {
	mu            sync.Mutex
	done, refused map[string]int
}

func newTally() *tally { return &tally{done: map[string]int{}, refused: map[string]int{}} }

func (y *tally) count(operation string, status int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if status < http.StatusBadRequest {
		y.done[operation]++
	} else {
		y.refused[operation]++
	}
}

// referee lets pass what keeps to the rules and complains of everything else. A foul request does not
// reach the platform.
type referee struct {
	*rulebook
	*tally
	next     http.RoundTripper
	complain func(error)
	trusting bool // replies are spoilt on purpose and not judged
}

func (r *referee) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	input, err := r.judgeRequest(req, body)
	if err != nil {
		r.complain(err)
		return nil, err
	}
	sent := req.Clone(req.Context())
	if req.Body != nil {
		sent.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := r.next.RoundTrip(sent)
	if err != nil || r.trusting {
		return resp, err
	}
	reply, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(reply))
	if err := r.judgeReply(req.Context(), input, resp, reply); err != nil {
		r.complain(fmt.Errorf("reply to %s, %d: %w\n%s", input.Route.Operation.OperationID, resp.StatusCode, err, reply[:min(len(reply), 2000)]))
	}
	r.count(input.Route.Operation.OperationID, resp.StatusCode)
	return resp, nil
}

func (r *referee) judgeRequest(req *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := r.router.FindRoute(req)
	if err != nil {
		return nil, fmt.Errorf("request %s %s: %w", req.Method, req.URL.Path, err)
	}
	judged := req.Clone(req.Context())
	judged.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{
		Request: judged, Route: route, PathParams: params,
		Options: &openapi3filter.Options{
			AuthenticationFunc: signed, MultiError: true, IncludeResponseStatus: true,
			RejectWhenRequestBodyNotSpecified: len(body) > 0, SkipSettingDefaults: true,
		},
	}
	err = errors.Join(openapi3filter.ValidateRequest(req.Context(), input),
		knownQuery(route.Operation, req.URL.Query()), knownHeaders(route.Operation, req.Header), knownBody(route.Operation, req, body))
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", route.Operation.OperationID, err)
	}
	return input, nil
}

// signed judges how a request is signed: like the document says, and in no other way besides.
func signed(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	h := input.RequestValidationInput.Request.Header
	token, isBearer := strings.CutPrefix(h.Get("Authorization"), "bearer ")
	switch name := input.SecuritySchemeName; {
	case name == "unifiedLogin" && isBearer && token != "" && h.Get("X-ApiKey") == "" && h.Get("X-ApiSecret") == "",
		name == "apiKeyHeader" && h.Get("X-ApiKey") != "" && h.Get("Authorization") == "",
		name == "apiSecretHeader" && h.Get("X-ApiSecret") != "":
		return nil
	}
	return fmt.Errorf("not signed by %s", input.SecuritySchemeName)
}

// knownQuery wants each parameter documented, once, and with a value: to empty filters the platform has
// answered 500.
func knownQuery(op *openapi3.Operation, query url.Values) error {
	for name, values := range query {
		if op.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("no parameter %s", name)
		}
		if len(values) != 1 || values[0] == "" {
			return fmt.Errorf("parameter %s has not one value", name)
		}
	}
	return nil
}

// knownHeaders wants JSON asked for and no header of the API's that is not documented. X-MaskImages is
// let pass anywhere: it only ever takes away.
func knownHeaders(op *openapi3.Operation, h http.Header) error {
	if want := "application/json"; op.OperationID != "oauthAuthorize" && h.Get("Accept") != want {
		return errors.New("something else than JSON is accepted")
	}
	for name := range h {
		switch name {
		case "X-Apikey", "X-Apisecret", "X-Maskimages": // judged by their values
		default:
			if strings.HasPrefix(name, "X-") && op.Parameters.GetByInAndName(openapi3.ParameterInHeader, properCase(op, name)) == nil {
				return fmt.Errorf("no header %s", name)
			}
		}
	}
	masked := h.Get("X-MaskImages")
	if masked != "" && masked != "1" || masked == "" && op.Parameters.GetByInAndName(openapi3.ParameterInHeader, "X-MaskImages") != nil {
		return errors.New("pictures are not masked")
	}
	return nil
}

// properCase is a header as the document spells it.
func properCase(op *openapi3.Operation, name string) string {
	for _, p := range op.Parameters {
		if strings.EqualFold(p.Value.Name, name) {
			return p.Value.Name
		}
	}
	return name
}

// knownBody wants each member of a body documented, unless the document leaves it open, and none twice.
func knownBody(op *openapi3.Operation, req *http.Request, body []byte) error {
	if op.RequestBody == nil {
		return nil
	}
	var names []string
	if kind := req.Header.Get("Content-Type"); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fmt.Errorf("form: %w", err)
		}
		names = slices.Collect(maps.Keys(form))
		if err := knownGrant(form); err != nil {
			return err
		}
	} else {
		if !wire.Opaque(body).IsValid() { // encoding/json would let pass a member that is there twice
			return errors.New("body is not strict JSON")
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			return fmt.Errorf("body: %w", err)
		}
		names = slices.Collect(maps.Keys(members))
	}
	for _, content := range op.RequestBody.Value.Content {
		schema := content.Schema.Value
		for _, name := range names {
			if _, known := schema.Properties[name]; !known && schema.AdditionalProperties.Has == nil {
				return fmt.Errorf("no member %s", name)
			}
		}
	}
	return nil
}

// knownGrant wants what a form for tokens needs and the document says in words only.
func knownGrant(form url.Values) error {
	needed := map[string][]string{"authorization_code": {"code", "redirect_uri"}, "refresh_token": {"refresh_token"}}
	for _, name := range needed[form.Get("grant_type")] {
		if form.Get(name) == "" {
			return fmt.Errorf("no %s with this grant", name)
		}
	}
	return nil
}

func (r *referee) judgeReply(ctx context.Context, input *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) error {
	if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
		return errors.New("no date")
	}
	if input.Request.Header.Get("X-CaseType") == "camelcase" && resp.StatusCode < http.StatusBadRequest {
		var err error
		if body, err = r.pascal(body); err != nil {
			return err
		}
	}
	documented := input.Route.Operation.Responses.Status(resp.StatusCode)
	if documented == nil {
		if resp.StatusCode < http.StatusBadRequest || input.Route.Operation.Responses.Default() == nil {
			return errors.New("no such answer is documented")
		}
		return r.apiError(resp, body)
	}
	if documented.Value.Content == nil && len(body) > 0 && !json.Valid(body) {
		return errors.New("not JSON, where no other type is documented")
	}
	options := *input.Options
	if isPage := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"); isPage && documented.Value.Content.Get("text/html") != nil {
		options.ExcludeResponseBody = true // any text is a page
	}
	err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: &options,
	})
	if err == nil && resp.StatusCode >= http.StatusBadRequest && input.Route.Operation.Responses.Default() != nil {
		return r.apiError(resp, body)
	}
	return err
}

// apiError judges a refusal of the API itself; those of the login host have a schema of their own.
func (r *referee) apiError(resp *http.Response, body []byte) error {
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("a refusal in %q", kind)
	}
	var value map[string]any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("refusal: %w", err)
	}
	if said, _ := value["Message"].(string); said == "" {
		return errors.New("a refusal without a message")
	}
	return r.doc.Components.Schemas["ApiError"].Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}

var errNotCamel = errors.New("a name that is not camelCase")

// pascal is a reply in camelCase with its names as the document spells them.
func (r *referee) pascal(body []byte) ([]byte, error) {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	respelt, err := r.respelt(value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(respelt)
}

func (r *referee) respelt(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case []any:
		for i := range v {
			if v[i], err = r.respelt(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			known := r.spelt[strings.ToLower(name)]
			if known == "" || known == name {
				return nil, fmt.Errorf("%w: %s", errNotCamel, name)
			}
			if object[known], err = r.respelt(member); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return value, nil
}

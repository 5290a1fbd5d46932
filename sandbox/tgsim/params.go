package tgsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxBody is what a bot may upload in one request: Telegram takes files up to 50 MB.
const maxBody = 52 << 20

// param is one parameter as it came over the wire.
type param struct {
	text string
	file *File // set instead of text for an uploaded part
}

// params holds a request's parameters by name.
type params map[string]param

func (p params) has(name string) bool { _, ok := p[name]; return ok }

// text gives the parameter or "".
func (p params) text(name string) string { return p[name].text }

// flag reads a Boolean that the referee has let through.
func (p params) flag(name string) bool { return p[name].text == "true" }

// number reads an Integer that the referee has let through, or the fallback when it is absent.
func (p params) number(name string, fallback int64) int64 {
	n, err := strconv.ParseInt(p[name].text, 10, 64)
	if err != nil {
		return fallback
	}
	return n
}

// decode reads a JSON parameter that the referee has let through; an absent one changes nothing.
func (p params) decode(name string, into any) error {
	if !p.has(name) {
		return nil
	}
	return json.Unmarshal([]byte(p[name].text), into)
}

func (p params) add(name string, value param) error {
	if p.has(name) {
		return fmt.Errorf("parameter %q is given twice", name)
	}
	p[name] = value
	return nil
}

func (p params) addValues(values url.Values) error {
	for name, all := range values {
		for _, text := range all {
			if err := p.add(name, param{text: text}); err != nil {
				return err
			}
		}
	}
	return nil
}

var errTooLarge = errors.New("request entity too large")

// readParams collects the parameters of a request from its query and from a body in any of the three
// forms the Bot API takes: multipart/form-data, application/x-www-form-urlencoded, application/json.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errors.New("can't parse the query string")
	}
	if err := p.addValues(query); err != nil {
		return nil, err
	}
	body := http.MaxBytesReader(w, r.Body, maxBody)
	kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	switch kind {
	case "multipart/form-data":
		err = p.readMultipart(body, options["boundary"])
	case "application/x-www-form-urlencoded":
		err = p.readForm(body)
	case "application/json":
		err = p.readJSON(body)
	default:
		err = p.readNothing(body)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	return p, err
}

func (p params) readMultipart(body io.Reader, boundary string) error {
	reader := multipart.NewReader(body, boundary)
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) { // also an empty body, as the library sends for no parameters
			return nil
		}
		if err != nil {
			return fmt.Errorf("can't parse the multipart body: %w", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("can't read the multipart body: %w", err)
		}
		value := param{text: string(content)}
		if name := part.FileName(); name != "" {
			value = param{file: &File{Name: name, Content: content}}
		}
		if err := p.add(part.FormName(), value); err != nil {
			return err
		}
	}
}

func (p params) readForm(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("can't read the form: %w", err)
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return errors.New("can't parse the form")
	}
	return p.addValues(values)
}

// readJSON turns an object's fields into texts: a string into its content, all else into its JSON.
func (p params) readJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("can't read the JSON body: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return errors.New("can't parse the request body as a JSON object")
	}
	for name, value := range fields {
		text := string(bytes.TrimSpace(value))
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(value, &text); err != nil {
				return fmt.Errorf("can't parse parameter %q", name)
			}
		}
		if err := p.add(name, param{text: text}); err != nil {
			return err
		}
	}
	return nil
}

func (p params) readNothing(body io.Reader) error {
	rest, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("can't read the body: %w", err)
	}
	if len(rest) > 0 {
		return errors.New("the body is none of multipart/form-data, application/x-www-form-urlencoded, application/json")
	}
	return nil
}

package apisim

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// economy is what the platform offers on its lists of bookings so that less of them travels. The contract
// knows of neither: they are off unless Config says so.
type economy struct{ etags, gzip bool }

// reply is a reply with what is offered, and the caller takes, put to use. The tags are weak: they stand for the
// JSON, packed or not.
func (e economy) reply(r *http.Request, op string, reply answer) answer {
	if op != OpMadeBookings && op != OpReceivedBookings || reply.status != http.StatusOK {
		return reply
	}
	if e.etags {
		tag := fmt.Sprintf(`W/"%.16x"`, sha256.Sum256(reply.body))
		if matches(r.Header.Values("If-None-Match"), tag) {
			return answer{status: http.StatusNotModified, header: map[string]string{"ETag": tag}}
		}
		reply.header["ETag"] = tag
	}
	if e.gzip {
		reply.header["Vary"] = "Accept-Encoding"
		if takesGzip(r.Header.Values("Accept-Encoding")) {
			reply.header["Content-Encoding"], reply.body = "gzip", packed(reply.body)
		}
	}
	return reply
}

// matches reports whether one of the tags of If-None-Match is this one, by the weak comparison (RFC 9110).
func matches(lines []string, tag string) bool {
	plain := strings.TrimPrefix(tag, "W/")
	for one := range strings.SplitSeq(strings.Join(lines, ","), ",") { // our own tags hold no comma
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == plain {
			return true
		}
	}
	return false
}

// takesGzip reports whether the Accept-Encoding header asks for gzip; without one nothing is packed.
func takesGzip(lines []string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(lines, ","), ","), func(entry string) bool {
		coding, params, err := mime.ParseMediaType(entry)
		if err != nil || coding != "gzip" && coding != "x-gzip" {
			return false
		}
		quality, err := strconv.ParseFloat(params["q"], 64)
		return err != nil || quality > 0
	})
}

func packed(body []byte) []byte {
	var out bytes.Buffer
	stream := gzip.NewWriter(&out)
	_, _ = stream.Write(body) // into memory: neither can fail
	_ = stream.Close()
	return out.Bytes()
}

package bot

import (
	"strings"
	"testing"

	"phonechatbot/internal/flow"
)

// The longest value that the engine draws fits beside the longest id, and beside any revision that a form can reach.
func TestTheLongestValueOfAForm(t *testing.T) {
	const manyTurns = 36*36*36*36*36*36 - 1 // the last of six digits in base 36
	press := flow.Press{
		Of: strings.Repeat("a", longestOf), Rev: manyTurns, Action: "pick", Value: strings.Repeat("v", flow.MaxValue),
	}
	if data, err := EncodePress(press); err != nil || len(data) != longestData {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	press.Value += "v"
	if _, err := EncodePress(press); err == nil {
		t.Error("one byte more was taken")
	}
}

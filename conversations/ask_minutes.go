package conversations

import (
	"slices"
	"strconv"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// usualMinutes are the lengths that are offered.
func usualMinutes() []int { return []int{10, 15, 20, 30, 45, 60} }

// minutesKeys are the usual lengths, three in a row, each labelled with what it means for the question.
func minutesKeys(label func(minutes int) wording.Text) (rows [][]flow.Option) {
	for lengths := range slices.Chunk(usualMinutes(), 3) {
		var row []flow.Option
		for _, n := range lengths {
			row = append(row, flow.Option{Label: label(n), Value: strconv.Itoa(n)})
		}
		rows = append(rows, row)
	}
	return rows
}

// plainMinutes labels a length with nothing but itself.
func plainMinutes(minutes int) wording.Text {
	return msgLengthKey.With(wording.Args{"minutes": minutes})
}

// parseMinutes reads a length as it is typed. The answer is whole minutes, as minutesIn reads it.
func parseMinutes(_ flow.Scope, text string) (flow.Answer, error) {
	n, err := when.Minutes(text)
	if err != nil {
		return flow.Answer{}, refuse(msgLengthBad.Text())
	}
	return flow.Answer{Value: strconv.Itoa(n)}, nil
}

// minutesIn is the answer to a question for a length; zero if there is none.
func minutesIn(answers flow.Answers, step string) int {
	n, _ := strconv.Atoi(answers[step])
	return n
}

package flow

import "maps"

// remember keeps the answers that an edit takes the place of, for as long as it can't be checked.
func (e *engine) remember(before, given Answers) {
	e.s.Undo = Answers{}
	for id := range given {
		if was, ok := before[id]; ok {
			e.s.Undo[id] = was
		}
	}
}

// settled forgets them once it is known what the edit is to be checked by.
func (e *engine) settled() {
	for _, s := range e.flow.Steps {
		if _, edited := e.s.Undo[s.ID]; edited && len(e.missing(s.Load)) > 0 {
			return
		}
	}
	e.s.Undo = nil
}

// undo puts back what an edit took the place of, with the facts as they were before those for the edit were read.
func (e *engine) undo(facts map[string]Fact) {
	maps.Copy(e.s.Answers, e.s.Undo)
	e.s.Undo = nil
	known := e.facts()
	for name, fact := range facts {
		if _, ok := known[name]; !ok {
			e.s.Facts[name] = fact
		}
	}
}

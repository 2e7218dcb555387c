package trace

import "slices"

// recordCost is what a Record costs besides its message, roughly.
const recordCost = 256

// Recorder keeps the newest records within a bound of memory, for a web page or a report of a fault.
type Recorder struct {
	limit   int
	size    int
	first   int // index in records of the oldest one kept; what is before has been let go
	records []Record
	dropped int
}

// NewRecorder makes a Recorder of about limit bytes; 0 is 1 MiB. One record is kept even if it is larger.
func NewRecorder(limit int) *Recorder {
	if limit <= 0 {
		limit = 1 << 20
	}
	return &Recorder{limit: limit}
}

// Add keeps a record and lets the oldest ones go that have no room any more.
func (r *Recorder) Add(record Record) {
	r.records = append(r.records, record)
	r.size += cost(record)
	for r.size > r.limit && r.first < len(r.records)-1 {
		r.size -= cost(r.records[r.first])
		r.records[r.first] = Record{}
		r.first++
		r.dropped++
	}
	// Moving the rest down only when half is gone costs each record one move, whatever the number kept.
	if r.first > len(r.records)/2 {
		r.records = slices.Delete(r.records, 0, r.first)
		r.first = 0
	}
}

func cost(r Record) int { return recordCost + len(r.Message) + len(r.CallID) }

// Records returns the records kept, oldest first. The slice is a copy.
func (r *Recorder) Records() []Record { return slices.Clone(r.records[r.first:]) }

// Dropped counts the records that had to go.
func (r *Recorder) Dropped() int { return r.dropped }

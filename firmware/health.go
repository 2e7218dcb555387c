package firmware

import (
	"errors"
	"time"

	"intercom/firmware/config"
)

// maxFaults bounds the table of parts that do not work.
const maxFaults = 64

// errUnregistered is the state of an account before its registrar has said anything.
var errUnregistered = errors.New("not registered yet")

// health is what keeps the station from being wholly well.
type health struct {
	accounts map[string]error // those that should be registered and are not
	faults   map[string]error // parts that do not work
}

// newHealth takes an account for unregistered until its registrar has spoken: the lamp must not promise a bell that
// rings nowhere.
func newHealth(cfg *config.Config) health {
	h := health{accounts: map[string]error{}, faults: map[string]error{}}
	for _, a := range cfg.Accounts {
		if a.Register {
			h.accounts[a.Name] = errUnregistered
		}
	}
	return h
}

// ill tells whether there is something an installer should see.
func (h health) ill() bool { return len(h.accounts)+len(h.faults) > 0 }

// registration notes an account's state. Accounts the configuration does not know are none of ours.
func (s *Station) registration(now time.Time, m RegistrationChanged) {
	account, ok := s.cfg.Account(m.Account)
	if !ok || !account.Register {
		return
	}
	if m.Err == nil {
		delete(s.health.accounts, m.Account)
		s.note(now, Note{Kind: NoteRegistered, Name: m.Account})
		return
	}
	s.health.accounts[m.Account] = m.Err
	s.note(now, Note{Kind: NoteFault, Name: m.Account, Err: m.Err})
}

// fault notes a part that does not work; a part that is known to be ill is noted once.
func (s *Station) fault(now time.Time, part string, err error) {
	if _, known := s.health.faults[part]; known {
		return
	}
	if len(s.health.faults) < maxFaults {
		s.health.faults[part] = err
	}
	s.note(now, Note{Kind: NoteFault, Name: part, Err: err})
}

// clearFault forgets a fault when the part has worked again.
func (s *Station) clearFault(part string) { delete(s.health.faults, part) }

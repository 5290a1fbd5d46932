package poller

import (
	"sync"

	"phonechatbot/apiclient"
	"phonechatbot/store"
)

// memory is what the last reading of each list looked like, so that one that has not changed is neither
// decoded nor compared with the store. It is lost with the program: the next reading is compared then.
type memory struct {
	mu    sync.Mutex
	lists map[listKey]list
}

type listKey struct {
	account store.AccountID
	side    apiclient.Side
}

// list is one side of an account as it was read and observed.
type list struct {
	digests  []apiclient.Digest
	bookings []store.Snapshot // what planning the next look needs
}

func (m *memory) recall(key listKey) list {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lists[key]
}

func (m *memory) keep(key listKey, l list) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lists == nil {
		m.lists = map[listKey]list{}
	}
	m.lists[key] = l
}

// forget drops the lists of accounts that are not watched any more.
func (m *memory) forget(watched map[store.AccountID]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.lists {
		if !watched[key.account] {
			delete(m.lists, key)
		}
	}
}

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// openStore opens the database in the data directory with the key that seals it.
func openStore(s settings) (*store.Store, error) {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return nil, fmt.Errorf("PHONECHATBOT_DATA (--data): %w", err)
	}
	path := filepath.Join(s.data, "phonechatbot.db")
	key, err := readKey(s, path)
	if err != nil {
		return nil, err
	}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		return nil, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %w", err)
	}
	db, err := store.Open(path, ring, s.disk...)
	switch {
	case errors.Is(err, store.ErrInUse):
		return nil, fmt.Errorf("PHONECHATBOT_DATA (--data): another phonechatbot is using %s; stop it, or name another directory", s.data)
	case errors.Is(err, store.ErrWrongKey):
		return nil, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %s is not the key of %s", s.keyFile, path)
	case err != nil:
		return nil, fmt.Errorf("PHONECHATBOT_DATA (--data): %w", err)
	}
	return db, nil
}

// readKey reads the key file. In an empty data directory one is made, mode 0600; beside a database that
// exists a missing key is an error, for a new one could not open it.
func readKey(s settings, database string) (secret.Key, error) {
	data, err := os.ReadFile(s.keyFile)
	if errors.Is(err, fs.ErrNotExist) && !s.keyGiven {
		if _, statErr := os.Stat(database); statErr == nil {
			return secret.Key{}, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %s is missing, and %s can't be opened without it", s.keyFile, database)
		}
		return makeKey(s.keyFile)
	}
	if err != nil {
		return secret.Key{}, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %w", err)
	}
	key, err := secret.ParseKey(string(data))
	if err != nil {
		return secret.Key{}, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %s: %w", s.keyFile, err)
	}
	return key, nil
}

// makeKey makes the key file, unless another program just did: there is one key in the end, and it is everybody's.
func makeKey(path string) (secret.Key, error) {
	text, err := secret.GenerateKey(rand.Reader)
	if err != nil {
		return secret.Key{}, fmt.Errorf("make a key: %w", err)
	}
	if err := write(path, []byte(text.Reveal()+"\n"), claim); err != nil && !errors.Is(err, fs.ErrExist) {
		return secret.Key{}, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %w", err)
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return secret.Key{}, fmt.Errorf("PHONECHATBOT_KEY_FILE (--key-file): %w", err)
	}
	return secret.ParseKey(string(data))
}

// claim is a rename that puts nothing in the place of another file, where the file system has hard links.
func claim(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(from, to)
}

// writeWhole makes a file of mode 0600 that is there whole or not at all, also after a crash.
func writeWhole(path string, data []byte) error { return write(path, data, os.Rename) }

func write(path string, data []byte, place func(from, to string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // its mode is 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // it has been renamed, as a rule
	_, writeErr := file.Write(data)
	if err := errors.Join(writeErr, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := place(file.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

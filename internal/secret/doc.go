// Package secret keeps what must not be read: String holds a value that cannot be printed or
// marshalled by accident, Keyring seals bytes to the place they are kept in.
//
// What may not live here: files, environment, the network. A keyring is handed its keys.
package secret

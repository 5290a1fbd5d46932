// Package contract is the referee between the client and openapi.yaml: its tests hold every request
// that the client sends, and the answers it understands, against that document.
//
// What may not live here: anything but tests.
package contract

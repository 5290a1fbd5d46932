// Package contract is the referee between the client and the local platform: its tests stand where the
// network would be, and hold every request that the client sends and every reply that the platform gives
// against openapi.yaml. Each operation of that document has to be seen done and seen refused.
//
// What the referee wants beyond the schemas: no parameter, header or member that the document does not
// name, except in bodies that it leaves open; member calls signed with the token and nothing else, public
// ones with the project's key in the headers. A success has to be documented for its operation. A refusal
// that is not is judged as schema ApiError with a message: of those the document says no more than that
// the client has to survive them.
//
// What may not live here: anything but tests.
package contract

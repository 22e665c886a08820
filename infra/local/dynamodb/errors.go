package dynamodb

import (
	"fmt"
	"strings"
)

// Namespaces of the __type member, as AWS sends them.
const (
	serviceTypes = "com.amazonaws.dynamodb.v20120810#"
	coralTypes   = "com.amazon.coral.service#"
	validation   = "com.amazon.coral.validate#ValidationException"
)

// apiError is an answer DynamoDB gives to a request it refuses. A function that returns one has
// written nothing, which is what lets many requests share one commit.
type apiError struct {
	Type    string // full __type
	Message string
	Item    item                 // with ConditionalCheckFailedException, when asked for
	Reasons []cancellationReason // with TransactionCanceledException
}

// cancellationReason tells what became of one action of a cancelled transaction.
type cancellationReason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    item   `json:",omitempty"`
}

func (e *apiError) Error() string {
	return e.Type[strings.IndexByte(e.Type, '#')+1:] + ": " + e.Message
}

func invalid(format string, args ...any) *apiError {
	return &apiError{Type: validation, Message: fmt.Sprintf(format, args...)}
}

// invalidParameter is a validation error with the opening AWS gives to wrong parameter values.
func invalidParameter(format string, args ...any) *apiError {
	return invalid("One or more parameter values were invalid: "+format, args...)
}

func tableNotFound() *apiError {
	return &apiError{Type: serviceTypes + "ResourceNotFoundException", Message: "Requested resource not found"}
}

func namedTableNotFound(name string) *apiError {
	return &apiError{Type: serviceTypes + "ResourceNotFoundException",
		Message: "Requested resource not found: Table: " + name + " not found"}
}

func inUse(format string, args ...any) *apiError {
	return &apiError{Type: serviceTypes + "ResourceInUseException", Message: fmt.Sprintf(format, args...)}
}

func conditionFailed(existing item) *apiError {
	return &apiError{Type: serviceTypes + "ConditionalCheckFailedException",
		Message: "The conditional request failed", Item: existing}
}

func unreadable(err error) *apiError {
	return &apiError{Type: coralTypes + "SerializationException", Message: err.Error()}
}

// fault is what is wrong with an expression, in AWS's words; parse makes an apiError of it.
type fault string

func (f fault) Error() string { return string(f) }

func faultf(format string, args ...any) fault { return fault(fmt.Sprintf(format, args...)) }

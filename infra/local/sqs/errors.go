package sqs

import (
	"net/http"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

// The codes clients branch on. SDKs show the query protocol's code where the
// service sends one.

func noQueue() error {
	return &awsjson.Error{Code: "com.amazonaws.sqs#QueueDoesNotExist", QueryCode: "AWS.SimpleQueueService.NonExistentQueue",
		Message: "The specified queue does not exist."}
}

func missing(parameter string) error {
	return withQuery("MissingRequiredParameterException", "MissingParameter", "The request must contain the parameter %s.", parameter)
}

func invalid(format string, args ...any) error {
	return withQuery("InvalidParameterValueException", "InvalidParameterValue", format, args...)
}

func unsupported(format string, args ...any) error {
	return withQuery("com.amazonaws.sqs#UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", format, args...)
}

func invalidHandle() error {
	return withQuery("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
}

func notInFlight() error {
	return withQuery("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
		"The message referred to is not in flight.")
}

func invalidAttributeName(name string) error {
	return withQuery("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute %s.", name)
}

func invalidAttributeValue(name, reason string) error {
	return withQuery("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue", "Invalid value for the parameter %s. Reason: %s", name, reason)
}

func withQuery(code, query, format string, args ...any) error {
	e := awsjson.Errorf(code, format, args...)
	e.QueryCode = query
	return e
}

func purgeInProgress(name string) error {
	return &awsjson.Error{Status: http.StatusForbidden, Code: "com.amazonaws.sqs#PurgeQueueInProgress",
		QueryCode: "AWS.SimpleQueueService.PurgeQueueInProgress",
		Message:   "Only one PurgeQueue operation on " + name + " is allowed every 60 seconds."}
}

func noResource(message string) error {
	return &awsjson.Error{Status: http.StatusNotFound, Code: "com.amazonaws.sqs#ResourceNotFoundException", Message: message}
}

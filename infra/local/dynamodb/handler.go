package dynamodb

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
)

const (
	targetPrefix = "DynamoDB_20120810."
	contentType  = "application/x-amz-json-1.0"

	// maxRequest is the largest request body AWS takes.
	maxRequest = 16 << 20
)

// operation answers one kind of request.
type operation func(ctx context.Context, db *DB, body []byte) (any, error)

// serve makes an operation of a method that takes the request it understands.
func serve[In any](method func(*DB, context.Context, *In) (any, error)) operation {
	return func(ctx context.Context, db *DB, body []byte) (any, error) {
		in := new(In)
		if err := json.Unmarshal(body, in); err != nil {
			return nil, unreadable(err)
		}
		if err := refuseLegacy(in); err != nil {
			return nil, err
		}
		return method(db, ctx, in)
	}
}

var operations = map[string]operation{
	"CreateTable":        serve((*DB).createTable),
	"DescribeTable":      serve((*DB).describeTable),
	"ListTables":         serve((*DB).listTables),
	"UpdateTable":        serve((*DB).updateTable),
	"DeleteTable":        serve((*DB).deleteTable),
	"UpdateTimeToLive":   serve((*DB).updateTimeToLive),
	"DescribeTimeToLive": serve((*DB).describeTimeToLive),
	"PutItem":            serve((*DB).putItem),
	"GetItem":            serve((*DB).getItem),
	"UpdateItem":         serve((*DB).updateItem),
	"DeleteItem":         serve((*DB).deleteItem),
	"Query":              serve((*DB).query),
	"Scan":               serve((*DB).scan),
	"BatchGetItem":       serve((*DB).batchGetItem),
	"BatchWriteItem":     serve((*DB).batchWriteItem),
	"TransactWriteItems": serve((*DB).transactWriteItems),
	"TransactGetItems":   serve((*DB).transactGetItems),
}

// Handler gives the HTTP side. It checks no signatures: whoever can reach it may do everything.
func (db *DB) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requestID := rand.Text()
		answer, err := db.answer(r)
		status := http.StatusOK
		if err != nil {
			status, answer = errorAnswer(err, requestID)
		}
		body, err := json.Marshal(answer)
		if err != nil {
			slog.Error("encoding answer", "request", requestID, "error", err)
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		header := w.Header()
		header.Set("Content-Type", contentType)
		header.Set("Content-Length", strconv.Itoa(len(body)))
		header.Set("X-Amzn-Requestid", requestID)
		header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
		w.WriteHeader(status)
		w.Write(body)
	})
}

func (db *DB) answer(r *http.Request) (any, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
	op := operations[name]
	if !ok || op == nil || r.Method != http.MethodPost {
		return nil, &apiError{Type: coralTypes + "UnknownOperationException", Message: "An unknown operation was requested."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		return nil, unreadable(err)
	}
	db.sweepIfDue()
	return op(r.Context(), db, body)
}

// errorBody is an error on the wire. Most exceptions spell the member message, two of them Message.
type errorBody struct {
	Type                string               `json:"__type"`
	Text                string               `json:"message,omitempty"`
	Message             string               `json:",omitempty"`
	Item                item                 `json:",omitempty"`
	CancellationReasons []cancellationReason `json:",omitempty"`
}

// errorAnswer gives status and body. Errors that are not DynamoDB's are logged here and shown as
// internal.
func errorAnswer(err error, requestID string) (int, any) {
	var answer *apiError
	if !errors.As(err, &answer) {
		slog.Error("serving DynamoDB request", "request", requestID, "error", err)
		return http.StatusInternalServerError, errorBody{
			Type: serviceTypes + "InternalServerError", Text: "The request could not be served",
		}
	}
	body := errorBody{Type: answer.Type, Text: answer.Message, Item: answer.Item, CancellationReasons: answer.Reasons}
	if answer.Reasons != nil || answer.Type == errTokenReused.Type {
		body.Text, body.Message = "", answer.Message
	}
	return http.StatusBadRequest, body
}

// legacyParams are the parameters AWS replaced by expressions. Embedding them makes serve refuse them
// rather than ignore a condition.
type legacyParams struct {
	AttributesToGet     json.RawMessage `json:",omitempty"`
	AttributeUpdates    json.RawMessage `json:",omitempty"`
	ConditionalOperator json.RawMessage `json:",omitempty"`
	Expected            json.RawMessage `json:",omitempty"`
	KeyConditions       json.RawMessage `json:",omitempty"`
	QueryFilter         json.RawMessage `json:",omitempty"`
	ScanFilter          json.RawMessage `json:",omitempty"`
}

func (in *legacyParams) refuse() error {
	for name, given := range map[string]json.RawMessage{
		"AttributesToGet": in.AttributesToGet, "AttributeUpdates": in.AttributeUpdates,
		"ConditionalOperator": in.ConditionalOperator, "Expected": in.Expected,
		"KeyConditions": in.KeyConditions, "QueryFilter": in.QueryFilter, "ScanFilter": in.ScanFilter,
	} {
		if given != nil {
			return invalid("%s is a legacy parameter; this server takes expressions only", name)
		}
	}
	return nil
}

func refuseLegacy(in any) error {
	if legacy, ok := in.(interface{ refuse() error }); ok {
		return legacy.refuse()
	}
	return nil
}

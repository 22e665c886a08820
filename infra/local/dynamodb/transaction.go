package dynamodb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	maxTransaction     = 100
	maxTransactionSize = 4 << 20 // bytes of all items together
	tokenLifetime      = 10 * time.Minute
)

// transactWrite is one action of TransactWriteItems.
type transactWrite struct {
	Put            *putParams    `json:",omitempty"`
	Update         *updateParams `json:",omitempty"`
	Delete         *deleteParams `json:",omitempty"`
	ConditionCheck *deleteParams `json:",omitempty"`
}

func (w *transactWrite) action(position int) (*action, error) {
	var a *action
	var err error
	given := 0
	if w.Put != nil {
		given++
		a, err = w.Put.action()
	}
	if w.Update != nil {
		given++
		a, err = w.Update.action()
	}
	if w.Delete != nil {
		given++
		a, err = w.Delete.action()
	}
	if w.ConditionCheck != nil {
		given++
		a, err = w.ConditionCheck.conditionCheck(position)
	}
	switch {
	case given == 0:
		return nil, invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
	case given > 1:
		return nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	return a, err
}

func (in *deleteParams) conditionCheck(position int) (*action, error) {
	if in.ConditionExpression == nil {
		return nil, missing(fmt.Sprintf("transactItems.%d.member.conditionCheck.conditionExpression", position))
	}
	a, err := in.action()
	if err != nil {
		return nil, err
	}
	a.remove, a.checkOnly = false, true
	return a, nil
}

type transactWriteInput struct {
	TransactItems      []transactWrite
	ClientRequestToken string
	capacityParam
}

type transactWriteAnswer struct {
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

func (db *DB) transactWriteItems(_ context.Context, in *transactWriteInput) (any, error) {
	if err := in.checkCapacity(); err != nil {
		return nil, err
	}
	if err := checkTransactionLength(len(in.TransactItems)); err != nil {
		return nil, err
	}
	if len(in.ClientRequestToken) > 36 {
		return nil, invalid("1 validation error detected: Value '%s' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36", in.ClientRequestToken)
	}
	actions := make([]*action, len(in.TransactItems))
	for i, w := range in.TransactItems {
		var err error
		if actions[i], err = w.action(i + 1); err != nil {
			return nil, err
		}
	}
	fingerprint, err := in.fingerprint()
	if err != nil {
		return nil, err
	}
	answer := &transactWriteAnswer{}
	err = db.write(func(tx *bolt.Tx) (err error) {
		answer.ConsumedCapacity, err = db.transact(tx, in, actions, fingerprint)
		return err
	})
	return answer, err
}

func checkTransactionLength(n int) error {
	switch {
	case n == 0:
		return invalid("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case n > maxTransaction:
		return invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to %d", maxTransaction)
	}
	return nil
}

// transact carries out the whole transaction, unless its token says that was done.
func (db *DB) transact(tx *bolt.Tx, in *transactWriteInput, actions []*action, fingerprint string) ([]*consumedCapacity, error) {
	replay, err := in.seenBefore(tx, fingerprint, db.now())
	if err != nil {
		return nil, err
	}
	if replay {
		return db.replayed(tx, in, actions)
	}
	changes, err := db.prepareTransaction(tx, actions)
	if err != nil {
		return nil, err
	}
	if err := in.remember(tx, fingerprint, db.now()); err != nil {
		return nil, err
	}
	reports, err := applyAll(tx, changes, &in.capacityParam, 2)
	for _, report := range reports {
		report.WriteCapacityUnits = report.CapacityUnits
	}
	return reports, err
}

// prepareTransaction works out all actions, or why the transaction is cancelled.
func (db *DB) prepareTransaction(tx *bolt.Tx, actions []*action) ([]*change, error) {
	changes := make([]*change, len(actions))
	reasons := make([]cancellationReason, len(actions))
	cancelled, size := false, 0
	seen := map[string]bool{}
	for i, a := range actions {
		t, err := db.table(tx, a.tableName)
		if err != nil {
			return nil, err
		}
		key, err := a.identity(t)
		if err == nil && seen[key] {
			return nil, errTransactionDuplicates
		}
		seen[key] = err == nil
		if err == nil {
			changes[i], err = a.prepare(tx, t)
		}
		if reasons[i], err = reasonOf(err); err != nil {
			return nil, err
		}
		cancelled = cancelled || reasons[i].Code != "None"
		if changes[i] != nil {
			size += changes[i].new.size()
		}
	}
	if cancelled {
		return nil, transactionCancelled(reasons)
	}
	if size > maxTransactionSize {
		return nil, invalid("Item collection size in the transaction exceeds the limit of %d bytes", maxTransactionSize)
	}
	return changes, nil
}

var errTransactionDuplicates = invalid("Transaction request cannot include multiple operations on one item")

// identity tells the item the action is about.
func (a *action) identity(t *table) (string, error) {
	c := change{table: t}
	if _, err := a.locate(&c); err != nil {
		return "", err
	}
	return c.identity(), nil
}

// reasonOf turns DynamoDB's answer to one action into its cancellation reason; other errors remain.
func reasonOf(err error) (cancellationReason, error) {
	var answer *apiError
	switch {
	case err == nil:
		return cancellationReason{Code: "None"}, nil
	case !errors.As(err, &answer):
		return cancellationReason{}, err
	case answer.Type == validation:
		return cancellationReason{Code: "ValidationError", Message: answer.Message}, nil
	}
	return cancellationReason{Code: "ConditionalCheckFailed", Message: answer.Message, Item: answer.Item}, nil
}

func transactionCancelled(reasons []cancellationReason) *apiError {
	codes := make([]string, len(reasons))
	for i, reason := range reasons {
		codes[i] = reason.Code
	}
	return &apiError{
		Type:    serviceTypes + "TransactionCanceledException",
		Message: "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]",
		Reasons: reasons,
	}
}

// tokenRecord remembers a transaction carried out under a token.
type tokenRecord struct {
	Fingerprint string
	Expires     int64 // Unix seconds
}

var errTokenReused = &apiError{
	Type:    serviceTypes + "IdempotentParameterMismatchException",
	Message: "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical",
}

// fingerprint is the same for requests with the same actions.
func (in *transactWriteInput) fingerprint() (string, error) {
	canonical, err := json.Marshal(in.TransactItems)
	if err != nil {
		return "", fmt.Errorf("fingerprinting transaction: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// seenBefore says whether the transaction was carried out in the last ten minutes.
func (in *transactWriteInput) seenBefore(tx *bolt.Tx, fingerprint string, now time.Time) (bool, error) {
	stored := tx.Bucket(tokensBucket).Get([]byte(in.ClientRequestToken))
	if in.ClientRequestToken == "" || stored == nil {
		return false, nil
	}
	var record tokenRecord
	if err := json.Unmarshal(stored, &record); err != nil {
		return false, fmt.Errorf("reading request token: %w", err)
	}
	switch {
	case now.Unix() >= record.Expires:
		return false, nil
	case record.Fingerprint != fingerprint:
		return false, errTokenReused
	}
	return true, nil
}

func (in *transactWriteInput) remember(tx *bolt.Tx, fingerprint string, now time.Time) error {
	if in.ClientRequestToken == "" {
		return nil
	}
	stored, err := json.Marshal(tokenRecord{fingerprint, now.Add(tokenLifetime).Unix()})
	if err != nil {
		return fmt.Errorf("storing request token: %w", err)
	}
	return tx.Bucket(tokensBucket).Put([]byte(in.ClientRequestToken), stored)
}

// expireTokens forgets the tokens past their lifetime.
func expireTokens(tx *bolt.Tx, now time.Time) error {
	bucket := tx.Bucket(tokensBucket)
	var expired [][]byte
	err := bucket.ForEach(func(token, stored []byte) error {
		var record tokenRecord
		if err := json.Unmarshal(stored, &record); err != nil {
			return fmt.Errorf("reading request token: %w", err)
		}
		if now.Unix() >= record.Expires {
			expired = append(expired, bytes.Clone(token))
		}
		return nil
	})
	for _, token := range expired {
		err = errors.Join(err, bucket.Delete(token))
	}
	return err
}

// replayed reports a repeated transaction: it costs the reading of the items.
func (db *DB) replayed(tx *bolt.Tx, in *transactWriteInput, actions []*action) ([]*consumedCapacity, error) {
	total := map[string]*usage{}
	for _, a := range actions {
		t, err := db.table(tx, a.tableName)
		if err != nil {
			return nil, err
		}
		c := change{table: t}
		if _, err := a.locate(&c); err != nil {
			return nil, err
		}
		it, err := t.get(tx, c.key)
		if err != nil {
			return nil, err
		}
		addRead(total, a.tableName, it.size())
	}
	return in.readReports(total), nil
}

func addRead(total map[string]*usage, tableName string, size int) {
	if total[tableName] == nil {
		total[tableName] = &usage{}
	}
	total[tableName].table += readUnits(size, transactional)
}

func (in *capacityParam) readReports(total map[string]*usage) []*consumedCapacity {
	reports := in.reports(total)
	for _, report := range reports {
		report.ReadCapacityUnits = report.CapacityUnits
	}
	return reports
}

// transactGet is one action of TransactGetItems.
type transactGet struct {
	Get *getParams
}

type itemAnswer struct {
	Item item `json:",omitempty"`
}

type transactGetAnswer struct {
	Responses        []itemAnswer
	ConsumedCapacity []*consumedCapacity `json:",omitempty"`
}

func (db *DB) transactGetItems(_ context.Context, in *struct {
	TransactItems []transactGet
	capacityParam
}) (any, error) {
	if err := in.checkCapacity(); err != nil {
		return nil, err
	}
	if err := checkTransactionLength(len(in.TransactItems)); err != nil {
		return nil, err
	}
	keeps := make([]*projection, len(in.TransactItems))
	for i, get := range in.TransactItems {
		if get.Get == nil {
			return nil, missing(fmt.Sprintf("transactItems.%d.member.get", i+1))
		}
		var err error
		if keeps[i], err = get.Get.projection(); err != nil {
			return nil, err
		}
	}
	answer := &transactGetAnswer{}
	err := db.read(func(tx *bolt.Tx) error {
		total := map[string]*usage{}
		var err error
		answer.Responses, err = db.getAll(tx, in.TransactItems, keeps, total)
		answer.ConsumedCapacity = in.readReports(total)
		return err
	})
	return answer, err
}

func (db *DB) getAll(tx *bolt.Tx, gets []transactGet, keeps []*projection, total map[string]*usage) ([]itemAnswer, error) {
	answers := make([]itemAnswer, len(gets))
	reasons := make([]cancellationReason, len(gets))
	cancelled := false
	seen := map[string]bool{}
	for i, get := range gets {
		t, err := db.table(tx, get.Get.TableName)
		if err != nil {
			return nil, err
		}
		if err := t.keys.checkScalar(keeps[i].nested()); err != nil {
			return nil, err
		}
		_, key, err := t.keyOf(get.Get.Key)
		identity := (&change{table: t, key: key}).identity()
		if err == nil && seen[identity] {
			return nil, errTransactionDuplicates
		}
		seen[identity] = err == nil
		var it item
		if err == nil {
			it, err = t.get(tx, key)
		}
		if reasons[i], err = reasonOf(err); err != nil {
			return nil, err
		}
		cancelled = cancelled || reasons[i].Code != "None"
		answers[i].Item = projected(it, keeps[i])
		addRead(total, t.TableName, it.size())
	}
	if cancelled {
		return nil, transactionCancelled(reasons)
	}
	return answers, nil
}

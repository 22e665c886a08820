package dynamodb

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"

	bolt "go.etcd.io/bbolt"
)

type queryInput struct {
	pageParams
	KeyConditionExpression *string
	ScanIndexForward       *bool
}

func (db *DB) query(_ context.Context, in *queryInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.KeyConditionExpression == nil {
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	parsed, err := in.expressions(in.KeyConditionExpression)
	if err != nil {
		return nil, err
	}
	return db.page(&in.pageParams, parsed, func(r *reader) error {
		r.back = in.ScanIndexForward != nil && !*in.ScanIndexForward
		return r.selectPartition(parsed.onKey)
	}, in.checkStart)
}

// selectPartition narrows the reader to what the key conditions select.
func (r *reader) selectPartition(conditions []condition) (err error) {
	for _, name := range conditionAttributes(r.filter) {
		if slices.Contains(r.keys().names(), name) {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	r.within, err = r.keys().keyRange(conditions)
	return err
}

// checkStart refuses a start key of another partition.
func (in *queryInput) checkStart(r *reader) error {
	if r.start == nil || r.within.onRange != nil || r.within.contains(r.start) {
		return nil
	}
	return invalid("The provided starting key is outside query boundaries based on provided conditions")
}

// page reads one page; narrow sets the range of keys, checkStart judges the start key against it.
func (db *DB) page(in *pageParams, parsed *pageExpressions, narrow, checkStart func(*reader) error) (out *page, err error) {
	err = db.read(func(tx *bolt.Tx) error {
		t, err := db.table(tx, in.TableName)
		if err != nil {
			return err
		}
		r, err := in.reader(t, parsed)
		if err != nil {
			return err
		}
		if err := narrow(r); err != nil {
			return err
		}
		if err := r.startAt(in.ExclusiveStartKey); err != nil {
			return err
		}
		if err := checkStart(r); err != nil {
			return err
		}
		var used usage
		if out, used, err = r.read(tx); err != nil {
			return err
		}
		out.ConsumedCapacity = in.report(in.TableName, used)
		return nil
	})
	return out, err
}

type scanInput struct {
	pageParams
	Segment       *int
	TotalSegments *int
}

// maxSegments is how many segments a parallel scan may have.
const maxSegments = 1_000_000

func (db *DB) scan(_ context.Context, in *scanInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := in.checkSegments(); err != nil {
		return nil, err
	}
	parsed, err := in.expressions(nil)
	if err != nil {
		return nil, err
	}
	return db.page(&in.pageParams, parsed, func(r *reader) error {
		r.within = in.segment()
		return nil
	}, in.checkStart)
}

func (in *scanInput) checkSegments() error {
	switch {
	case in.Segment == nil && in.TotalSegments == nil:
		return nil
	case in.TotalSegments == nil:
		return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case in.Segment == nil:
		return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case *in.TotalSegments < 1 || *in.TotalSegments > maxSegments:
		return invalid("1 validation error detected: Value '%d' at 'totalSegments' failed to satisfy constraint: Member must have value between 1 and %d", *in.TotalSegments, maxSegments)
	case *in.Segment < 0 || *in.Segment >= *in.TotalSegments:
		return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *in.Segment, *in.TotalSegments)
	}
	return nil
}

// segment gives the range of keys of the scan's segment: an equal share of the partition prefixes.
func (in *scanInput) segment() keyRange {
	segment, total := 0, 1
	if in.TotalSegments != nil {
		segment, total = *in.Segment, *in.TotalSegments
	}
	return keyRange{lower: segmentEdge(segment, total), upper: segmentEdge(segment+1, total)}
}

func segmentEdge(segment, total int) []byte {
	if segment == total {
		return bytes.Repeat([]byte{0xff}, prefixLength+1) // behind all prefixes
	}
	edge := uint64(segment) << (8 * prefixLength) / uint64(total)
	return binary.BigEndian.AppendUint32(nil, uint32(edge))
}

func (in *scanInput) checkStart(r *reader) error {
	if r.start != nil && !r.within.contains(r.start) {
		return invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "+
			"TotalSegments: %d Segment: %d", *in.TotalSegments, *in.Segment)
	}
	return nil
}

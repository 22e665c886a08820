package dynamodb

import "maps"

// Sizes of capacity units in bytes.
const (
	readUnit  = 4 << 10
	writeUnit = 1 << 10
)

// consistency is how many half read units a unit of size costs.
type consistency int

const (
	eventual      consistency = 1
	strong        consistency = 2
	transactional consistency = 4
)

func consistencyOf(consistent bool) consistency {
	if consistent {
		return strong
	}
	return eventual
}

// readUnits gives the units of reading so many bytes; reading nothing costs as much as the least.
func readUnits(size int, c consistency) float64 {
	return float64(max(1, ceilDiv(size, readUnit))*int(c)) / 2
}

// writeUnits gives the units of writing an item of so many bytes.
func writeUnits(size int) float64 { return float64(max(1, ceilDiv(size, writeUnit))) }

func ceilDiv(n, d int) int { return (n + d - 1) / d }

// usage is the capacity a request used of one table.
type usage struct {
	table  float64
	global map[string]float64
	local  map[string]float64
}

func (u *usage) addIndex(ix *index, units float64) {
	into := &u.local
	if ix.global {
		into = &u.global
	}
	if *into == nil {
		*into = map[string]float64{}
	}
	(*into)[ix.name] += units
}

// add adds other, taken so many times: a transaction pays everything twice.
func (u *usage) add(other usage, times float64) {
	u.table += other.table * times
	addUnits(&u.global, other.global, times)
	addUnits(&u.local, other.local, times)
}

func addUnits(into *map[string]float64, units map[string]float64, times float64) {
	if *into == nil && len(units) > 0 {
		*into = map[string]float64{}
	}
	for name, n := range units {
		(*into)[name] += n * times
	}
}

func (u *usage) total() float64 {
	total := u.table
	for _, indexes := range []map[string]float64{u.global, u.local} {
		for n := range maps.Values(indexes) {
			total += n
		}
	}
	return total
}

// consumedCapacity is the answer to ReturnConsumedCapacity.
type consumedCapacity struct {
	TableName              string
	CapacityUnits          float64
	ReadCapacityUnits      float64             `json:",omitempty"` // transactions only, as AWS does
	WriteCapacityUnits     float64             `json:",omitempty"`
	Table                  *capacity           `json:",omitempty"`
	GlobalSecondaryIndexes map[string]capacity `json:",omitempty"`
	LocalSecondaryIndexes  map[string]capacity `json:",omitempty"`
}

type capacity struct{ CapacityUnits float64 }

// capacityParam is the member ReturnConsumedCapacity of requests.
type capacityParam struct {
	ReturnConsumedCapacity string
}

func (in *capacityParam) checkCapacity() error {
	return checkEnum("returnConsumedCapacity", in.ReturnConsumedCapacity, "INDEXES, TOTAL, NONE")
}

// report gives the answer for one table; nil when none is wanted.
func (in *capacityParam) report(tableName string, u usage) *consumedCapacity {
	switch in.ReturnConsumedCapacity {
	case "TOTAL":
		return &consumedCapacity{TableName: tableName, CapacityUnits: u.total()}
	case "INDEXES":
		return &consumedCapacity{
			TableName: tableName, CapacityUnits: u.total(), Table: &capacity{u.table},
			GlobalSecondaryIndexes: perIndex(u.global), LocalSecondaryIndexes: perIndex(u.local),
		}
	}
	return nil
}

func perIndex(units map[string]float64) map[string]capacity {
	if len(units) == 0 {
		return nil
	}
	out := make(map[string]capacity, len(units))
	for name, n := range units {
		out[name] = capacity{n}
	}
	return out
}

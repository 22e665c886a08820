package dynamodb_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

// crashFile, set in the environment, makes the test binary a server of that file.
const crashFile = "QUILLDESK_TEST_CRASH_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		fmt.Fprintln(os.Stderr, serveUntilKilled(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveUntilKilled prints the address it serves at.
func serveUntilKilled(path string) error {
	db, err := dynamodb.Open(path, dynamodb.Options{Now: time.Now})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, db.Handler())
}

// startVictim starts a server of its own process.
func startVictim(t *testing.T, path string) (endpoint, *exec.Cmd) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), crashFile+"="+path)
	victim.Stderr = os.Stderr
	stdout, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = victim.Process.Kill() // it is dead already unless the test failed
		_ = victim.Wait()
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return endpoint{newClient(t, "http://"+strings.TrimSpace(address)), true}, victim
}

// TestKilledServerKeepsWhatItAnswered kills a server in the midst of writes: what was answered must be
// there, and of each transaction everything or nothing.
func TestKilledServerKeepsWhatItAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	const rounds, writers, enough = 3, 4, 60
	answered := map[string]bool{}
	for round := range rounds {
		e, victim := startVictim(t, path)
		if round == 0 {
			e.createTables(t)
		}
		names := make(chan string)
		var wait sync.WaitGroup
		for writer := range writers {
			wait.Go(func() { e.writePairs(t, fmt.Sprintf("%d-%d", round, writer), names) })
		}
		for range enough {
			answered[<-names] = true
		}
		if err := victim.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		go func() { wait.Wait(); close(names) }()
		for name := range names {
			answered[name] = true
		}
	}
	e, _ := startVictim(t, path)
	pairs := map[string]int{}
	for _, row := range e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide), ProjectionExpression: aws.String("pk")}) {
		pairs[attrName(row)]++
	}
	indexed := len(e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide), IndexName: aws.String("keys")}))
	rows := 0
	for name, n := range pairs {
		if rows += n; n != 2 {
			t.Errorf("transaction %s left %d of 2 items", name, n)
		}
	}
	if indexed != rows {
		t.Errorf("%d rows have %d index entries", rows, indexed)
	}
	for name := range answered {
		if pairs[name] == 0 {
			t.Errorf("transaction %s was answered and is lost", name)
		}
	}
	t.Logf("%d transactions answered, %d found", len(answered), len(pairs))
}

// attrName gives the name in a row of a single string attribute.
func attrName(row string) string {
	unquoted, _ := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(row, `"pk":{"S":`), "}"))
	return unquoted
}

// writePairs writes two items in each transaction until the server is gone, and names those answered.
func (e endpoint) writePairs(t *testing.T, writer string, names chan<- string) {
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s-%d", writer, i)
		item := func(sk string) string {
			return `"pk":{"S":"` + name + `"},"sk":{"S":"` + sk + `"},"g1":{"S":"g"},"v":{"S":"` + strings.Repeat("x", 300) + `"}`
		}
		if err := e.transact("", putAction(t, wide, item("1")), putAction(t, wide, item("2"))); err != nil {
			return
		}
		names <- name
	}
}

func TestStateSurvivesReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tables.db")
	for round := range 3 {
		db, err := dynamodb.Open(path, dynamodb.Options{Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(db.Handler())
		e := endpoint{newClient(t, server.URL), true}
		if round == 0 {
			e.createTables(t)
		}
		_, err = e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
			TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"a"}`), UpdateExpression: aws.String("ADD n :n"),
			ExpressionAttributeValues: attrs(t, `":n":{"N":"1"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := e.stored(t, slim, `"id":{"S":"a"}`), fmt.Sprintf(`"id":{"S":"a"},"n":{"N":"%d"}`, round+1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		server.Close()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := e.ListTables(context.Background(), &sdk.ListTablesInput{}); err == nil {
			t.Error("a closed server answered")
		}
	}
}

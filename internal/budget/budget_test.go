package budget_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/quilldesk/quilldesk/infra/local/cloud"
	"github.com/quilldesk/quilldesk/infra/local/converse"
	"github.com/quilldesk/quilldesk/internal/assist"
	"github.com/quilldesk/quilldesk/internal/bedrock"
	"github.com/quilldesk/quilldesk/internal/budget"
	"github.com/quilldesk/quilldesk/internal/desk"
	"github.com/quilldesk/quilldesk/internal/dynamo"
	"github.com/quilldesk/quilldesk/internal/model"
)

const (
	org     = desk.OrgID("orgbudget")
	modelID = "us.anthropic.claude-haiku-5-5"
)

var answers = map[string]string{
	"triage": `{"reason":"r","type":"after_sale","intent":"refund","flags":[],"priority":"high","mood":"m","sentiment":"neutral","language":"en-US","summary":"s","query":"q"}`,
	"draft":  `{"text":"Dear buyer, we look into it.","citations":[],"missing":[]}`,
}

// installation is a table, a fake model and a keeper, under a clock that the test
// sets.
type installation struct {
	table  *dynamo.Table
	fake   *converse.Fake
	keeper *budget.Keeper
	helper *model.Assistant
	clock  atomic.Int64
	log    lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), words)
}

func (i *installation) now() time.Time { return time.Unix(i.clock.Load(), 0).UTC() }

func install(t *testing.T, limit int64) *installation {
	t.Helper()
	e, err := cloud.OpenEmbedded(t.Context(), "../../template.yaml", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	i := &installation{fake: converse.NewFake(answers)}
	i.clock.Store(time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC).Unix())
	i.table = dynamo.New(e.DynamoDB, e.Table, i.now)
	if err := i.table.CreateOrganisation(t.Context(), desk.Organisation{ID: org, Name: "Lumenhaus"}, desk.Member{Email: "o@example.com", Role: desk.Owner}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(converse.New(i.fake, time.Now).Handler())
	t.Cleanup(srv.Close)
	i.keeper = &budget.Keeper{Ledger: i.table, Installed: limit, Now: i.now, Log: slog.New(slog.NewTextHandler(&i.log, nil))}
	i.helper = &model.Assistant{Model: modelID, Limit: 20 * time.Second, Backend: budget.Backend{Keeper: i.keeper, Next: bedrock.New(bedrock.Config{
		Model: modelID, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		Endpoint: srv.URL, Client: srv.Client(), Now: time.Now,
	})}}
	return i
}

func (i *installation) sort(ctx context.Context) error {
	_, _, err := i.helper.Triage(ctx, assist.Mail{Org: org, Subject: "Lamp", Text: "I want my money back.", Store: desk.AmazonCom})
	return err
}

func (i *installation) draft(ctx context.Context) error {
	_, err := i.helper.Draft(ctx, assist.Case{Org: org, Mail: assist.Mail{Text: "I want my money back."}, Language: "en-US"}, desk.Suggestion{Stance: desk.Ask})
	return err
}

func (i *installation) month(t *testing.T) desk.AIMonth {
	t.Helper()
	m, err := i.table.Spending(t.Context(), org, budget.Month(i.now()))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// together runs do n times, twenty at once; code is that of the first refusal that
// was for good.
func together(t *testing.T, n int, do func(context.Context) error) (answered int, code string) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, 20)
	for range n {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			err := do(t.Context())
			mu.Lock()
			defer mu.Unlock()
			switch desk.CodeOf(err) {
			case "budget_spent":
				code = "budget_spent"
			case "budget_held":
			default:
				answered++
				if err != nil {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wg.Wait()
	return answered, code
}

// Twenty at once never spend more than the budget, sorting outlives drafts, people
// are told once, and the next month starts anew.
func TestATinyBudget(t *testing.T) {
	const limit = 12_000 // micro-dollars: about 150 drafts
	i := install(t, limit)
	drafted := 0
	for refused := ""; refused != "budget_spent"; {
		n, code := together(t, 40, i.draft)
		drafted, refused = drafted+n, code
		if m := i.month(t); m.Used > budget.DraftsUntil(limit) {
			t.Fatalf("drafts used %d of %d", m.Used, limit)
		}
	}
	if got := budget.StateOf(i.month(t), limit); got != budget.DraftsStopped || i.log.count("budget_near") != 1 {
		t.Errorf("state %s, told %d times", got, i.log.count("budget_near"))
	}
	sorted := 0
	for refused := ""; refused != "budget_spent"; {
		n, code := together(t, 40, i.sort)
		sorted, refused = sorted+n, code
		if m := i.month(t); m.Used > limit {
			t.Fatalf("used %d of %d", m.Used, limit)
		}
	}
	m := i.month(t)
	if drafted == 0 || sorted == 0 || budget.StateOf(m, limit) != budget.Spent || i.log.count("budget_stopped") != 1 {
		t.Errorf("%d drafts, %d mails sorted, %s with %d of %d, told %d times", drafted, sorted, budget.StateOf(m, limit), m.Used, limit, i.log.count("budget_stopped"))
	}
	calls, spent := int64(0), int64(0)
	for _, u := range m.Uses {
		calls, spent = calls+u.Calls, spent+u.Spent
	}
	if calls != int64(drafted+sorted) || calls != int64(len(i.fake.Requests())) || spent != m.Used {
		t.Errorf("%d calls, %d spent by task; %d answered, %d used", calls, spent, drafted+sorted, m.Used)
	}
	i.clock.Add(3600) // December
	if err := i.draft(t.Context()); err != nil {
		t.Errorf("next month: %v", err)
	}
	if m := i.month(t); m.Used == 0 || budget.StateOf(m, limit) != budget.Within {
		t.Errorf("next month: %+v", m)
	}
}

// A call that ended in a crash holds its worst case for minutes, not for the month.
func TestWhatACrashHoldsIsGivenBack(t *testing.T) {
	i := install(t, 2000)
	ctx := t.Context()
	until := i.now().Add(5 * time.Minute)
	if _, err := i.table.HoldBudget(ctx, org, budget.Month(i.now()), 1900, 2000, until); err != nil {
		t.Fatal(err)
	}
	if err := i.sort(ctx); desk.CodeOf(err) != "budget_held" {
		t.Errorf("while it is held: %v", err)
	}
	i.clock.Add(6 * 60)
	if err := i.sort(ctx); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	// The call comes back after all: what it spent counts, once.
	before := i.month(t).Used
	if m, err := i.table.SettleBudget(ctx, org, budget.Month(i.now()), 1900, 70, until); err != nil || m.Used != before+70 {
		t.Errorf("late settling: %+v, %v, before %d", m, err, before)
	}
}

func TestFailuresCostNothingUnlessTheModelHadBegun(t *testing.T) {
	for mode, costs := range map[converse.Mode]bool{converse.Throttled: false, converse.NotReady: false, converse.Fine: true} {
		i := install(t, 0)
		i.fake.Script("triage", mode)
		err := i.sort(t.Context())
		if m := i.month(t); (m.Used > 0) != costs || (err == nil) != costs {
			t.Errorf("%s: used %d, %v", mode, m.Used, err)
		}
	}
	i := install(t, 0)
	i.fake.Script("triage", converse.Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 3200*time.Millisecond) // three seconds are left for rules
	defer cancel()
	if err := i.sort(ctx); desk.CodeOf(err) != "model_slow" || i.month(t).Used == 0 {
		t.Errorf("slow: used %d, %v", i.month(t).Used, err)
	}
}

func TestAnOrganisationsOwnBudgetIsTheLowerOne(t *testing.T) {
	for _, tt := range []struct{ installed, own, want int64 }{{0, 0, 0}, {10, 0, 10}, {0, 5, 5}, {10, 5, 5}, {10, 50, 10}} {
		k := &budget.Keeper{Installed: tt.installed}
		if got := k.Budget(desk.Organisation{MonthlyBudget: tt.own}); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

func TestStates(t *testing.T) {
	for used, want := range map[int64]budget.State{
		0: budget.Within, 799_999: budget.Within, 800_000: budget.Near, 889_999: budget.Near, 890_000: budget.DraftsStopped, 989_999: budget.DraftsStopped, 990_000: budget.Spent,
	} {
		if got := budget.StateOf(desk.AIMonth{Used: used}, 1_000_000); got != want {
			t.Errorf("%d: %s, want %s", used, got, want)
		}
	}
	if got := budget.StateOf(desk.AIMonth{Used: 1 << 40}, 0); got != budget.Unlimited {
		t.Errorf("without a budget: %s", got)
	}
}

// deaf is a ledger that cannot be reached.
type deaf struct{ budget.Ledger }

func (deaf) Organisation(context.Context, desk.OrgID) (desk.Organisation, error) {
	return desk.Organisation{}, errors.New("no answer")
}

func TestWithoutTheLedgerNothingIsSpent(t *testing.T) {
	i := install(t, 1000)
	i.keeper.Ledger = deaf{}
	if err := i.sort(t.Context()); err == nil || len(i.fake.Requests()) != 0 {
		t.Errorf("asked %d times, %v", len(i.fake.Requests()), err)
	}
}

// Package internal_test holds the house rule of who may import whom. It runs with
// every other test, so that an arrow in the wrong direction fails like a bug.
package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/quilldesk/quilldesk/"

// imports are a package's imports outside its tests, by package folder; those of
// this module without its name.
type imports map[string][]string

// arrow forbids the packages of from to import what to names; with through also
// by way of another package of ours.
type arrow struct {
	why     string
	from    func(pkg string) bool
	to      func(imported string) bool
	through bool
}

var arrows = []arrow{
	{
		why:  "the domain depends on nothing of ours",
		from: is("internal/desk"), to: ours,
	}, {
		why:  "features and adapters do not know the functions or what runs them",
		from: under("internal"), to: under("functions", "infra"),
	}, {
		why:  "a function wires the product as it is in the cloud, and knows no other function",
		from: under("functions"), to: under("functions", "infra"),
	}, {
		why: "pure packages talk to nobody",
		from: is("internal/desk", "internal/message", "internal/marketplace", "internal/guard", "internal/language",
			"internal/offline", "internal/knowledge", "internal/access"),
		to:      anyOf(aws, is("net", "net/http", "crypto/tls", "os/exec", "database/sql")),
		through: true,
	}, {
		why: "AWS clients live in adapters; features see them through interfaces of their own",
		from: not(anyOf(under("functions", "infra/local"), is("internal/dynamo", "internal/s3", "internal/sqs", "internal/kms",
			"internal/bedrock", "internal/cognito", "internal/settings"))),
		to: aws,
	}, {
		why:  "only functions read the environment and build clients",
		from: under("internal"), to: is("internal/settings"),
	}, {
		why:  "the cloud on one machine plays the other side, so it shares no code with the product",
		from: anyOf(under("infra/local/dynamodb", "infra/local/sqs", "infra/local/s3", "infra/local/kms", "infra/local/demomail")),
		to:   under("internal"),
	},
}

func TestImportsPointOneWay(t *testing.T) {
	graph, err := read("..")
	if err != nil {
		t.Fatal(err)
	}
	if len(graph) < 30 {
		t.Fatalf("only %d packages found", len(graph))
	}
	for _, wrong := range violations(graph) {
		t.Error(wrong)
	}
}

// Each rule finds the import it is there for.
func TestAWrongArrowIsNamed(t *testing.T) {
	for _, c := range []struct {
		name  string
		graph imports
		want  string
	}{
		{"domain imports a feature", imports{"internal/desk": {"internal/reply"}}, "internal/desk imports internal/reply"},
		{"feature imports the local cloud", imports{"internal/reply": {"infra/local/cloud"}}, "internal/reply imports infra/local/cloud"},
		{"function imports a function", imports{"functions/api": {"functions/web"}}, "functions/api imports functions/web"},
		{"pure package imports HTTP", imports{"internal/guard": {"net/http"}}, "internal/guard imports net/http"},
		{"pure package reaches AWS", imports{"internal/guard": {"internal/s3"}, "internal/s3": {"github.com/aws/smithy-go"}},
			"internal/guard imports internal/s3 imports github.com/aws/smithy-go"},
		{"feature imports AWS", imports{"internal/reply": {"github.com/aws/aws-sdk-go-v2/aws"}}, "internal/reply imports github.com/aws/aws-sdk-go-v2/aws"},
		{"feature reads settings", imports{"internal/reply": {"internal/settings"}}, "internal/reply imports internal/settings"},
		{"embedded service imports the product", imports{"infra/local/sqs": {"internal/desk"}}, "infra/local/sqs imports internal/desk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := violations(c.graph)
			if len(got) != 1 || !strings.HasPrefix(got[0], c.want+":") {
				t.Errorf("got %q, want one that starts with %q", got, c.want)
			}
		})
	}
}

// violations are the imports that break a rule, with the way to them and the rule.
func violations(graph imports) []string {
	var found []string
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		for _, rule := range arrows {
			if !rule.from(pkg) {
				continue
			}
			for _, way := range rule.ways(graph, pkg, map[string]bool{}) {
				found = append(found, fmt.Sprintf("%s: %s", strings.Join(way, " imports "), rule.why))
			}
		}
	}
	return found
}

// ways lead from pkg to an import that the rule forbids.
func (a arrow) ways(graph imports, pkg string, seen map[string]bool) [][]string {
	var found [][]string
	for _, imported := range graph[pkg] {
		if seen[imported] {
			continue
		}
		seen[imported] = true
		if a.to(imported) {
			found = append(found, []string{pkg, imported})
		} else if a.through {
			for _, way := range a.ways(graph, imported, seen) {
				found = append(found, append([]string{pkg}, way...))
			}
		}
	}
	return found
}

// read parses the imports of every package below root.
func read(root string) (imports, error) {
	graph := imports{}
	for _, top := range []string{"internal", "functions", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			relative, err := filepath.Rel(root, file)
			if err != nil {
				return err
			}
			pkg := path.Dir(filepath.ToSlash(relative))
			parsed, err := parse(file)
			graph[pkg] = append(graph[pkg], parsed...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return graph, nil
}

func parse(file string) ([]string, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, spec := range tree.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		names = append(names, strings.TrimPrefix(name, module))
	}
	return names, nil
}

// ---- words of the rules ----------------------------------------------------------

var (
	ours = under("internal", "functions", "infra")
	aws  = under("github.com/aws")
)

func is(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

func under(folders ...string) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(folders, func(folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") })
	}
}

func anyOf(tests ...func(string) bool) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(tests, func(test func(string) bool) bool { return test(name) })
	}
}

func not(test func(string) bool) func(string) bool {
	return func(name string) bool { return !test(name) }
}

// Package infra_test holds the templates to the code: each function has the
// rights its code can use, and no other.
package infra_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const (
	module = "github.com/quilldesk/quilldesk/"
	aws    = "github.com/aws/aws-sdk-go-v2/service/"
)

// needs is what calling an AWS client, or making a part of a transaction, takes.
// SendMessage names the queue too: which one shows in the method of internal/sqs.
var needs = map[string]string{
	"dynamodb.Client.GetItem":            "dynamodb:GetItem",
	"dynamodb.Client.PutItem":            "dynamodb:PutItem",
	"dynamodb.Client.UpdateItem":         "dynamodb:UpdateItem",
	"dynamodb.Client.DeleteItem":         "dynamodb:DeleteItem",
	"dynamodb.Client.Query":              "dynamodb:Query",
	"dynamodb.Client.BatchGetItem":       "dynamodb:BatchGetItem",
	"dynamodb.Client.BatchWriteItem":     "dynamodb:BatchWriteItem",
	"dynamodb.Client.TransactWriteItems": "", // by its parts:
	"dynamodb/types.Put":                 "dynamodb:PutItem",
	"dynamodb/types.Update":              "dynamodb:UpdateItem",
	"dynamodb/types.Delete":              "dynamodb:DeleteItem",
	"dynamodb/types.ConditionCheck":      "dynamodb:ConditionCheckItem",
	"internal/s3.Bucket.Put":             "s3:PutObject",
	"internal/s3.Bucket.open":            "s3:GetObject",
	"internal/s3.Bucket.Link":            "s3:GetObject",
	"internal/s3.Bucket.Delete":          "s3:DeleteObject",
	"internal/s3.Bucket.Keys":            "s3:ListBucket",
	"kms.Client.Encrypt":                 "kms:Encrypt",
	"kms.Client.Decrypt":                 "kms:Decrypt",
	"sqs.Client.SendMessageBatch":        "", // by its queue:
	"internal/sqs.Queues.Fetch":          "sqs:SendMessage Fetch",
	"internal/sqs.Queues.Triage":         "sqs:SendMessage Triage",
	"internal/sqs.Queues.Draft":          "sqs:SendMessage Draft",
	"internal/sqs.Queues.Send":           "sqs:SendMessage Send",
	"internal/sqs.Queues.Purge":          "sqs:SendMessage Purge",
	"internal/sqs.Queues.PurgeLater":     "sqs:SendMessage Purge",
	"internal/sqs.Queues.Export":         "sqs:SendMessage Export",
	"internal/bedrock.Backend.Ask":       "bedrock:InvokeModel",
	"internal/bedrock.Embedder.Embed":    "bedrock:InvokeModel",
	"internal/bedrock.Backend.streaming": "bedrock:InvokeModelWithResponseStream",
	"internal/cognito.Pool.Invite":       "cognito-idp:AdminCreateUser",
}

func TestFunctionsHaveTheRightsTheyUse(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: reading the whole program takes seconds")
	}
	granted := grants(t, "../template.yaml")
	code := load(t)
	for _, function := range code.functions {
		name := path.Base(function)
		t.Run(name, func(t *testing.T) {
			used := code.rights(t, function)
			has := granted[strings.ToUpper(name[:1])+name[1:]+"Function"]
			for _, right := range slices.Sorted(maps.Keys(used)) {
				if !has[right] {
					t.Errorf("its code uses %s (%s), which template.yaml does not allow", right, used[right])
				}
			}
			for right := range has {
				if used[right] == "" {
					t.Errorf("template.yaml allows %s, which its code never uses", right)
				}
			}
		})
	}
}

// ---- what the template allows -------------------------------------------------------

// grants are the actions of each function's policies; sqs:SendMessage with its queue.
func grants(t *testing.T, file string) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				Policies []struct {
					Statement []struct {
						Action   []string  `yaml:"Action"`
						Resource yaml.Node `yaml:"Resource"`
					} `yaml:"Statement"`
				} `yaml:"Policies"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	granted := map[string]map[string]bool{}
	for name, resource := range template.Resources {
		if resource.Type != "AWS::Serverless::Function" {
			continue
		}
		granted[name] = map[string]bool{}
		for _, policy := range resource.Properties.Policies {
			for _, statement := range policy.Statement {
				for _, action := range statement.Action {
					for _, what := range resourcesOf(action, &statement.Resource) {
						granted[name][what] = true
					}
				}
			}
		}
	}
	return granted
}

func resourcesOf(action string, resource *yaml.Node) []string {
	if action != "sqs:SendMessage" {
		return []string{action}
	}
	nodes := []*yaml.Node{resource}
	if resource.Kind == yaml.SequenceNode {
		nodes = resource.Content
	}
	var all []string
	for _, node := range nodes {
		queue := strings.TrimSuffix(strings.TrimPrefix(node.Value, "Queues.Outputs."), "Arn")
		all = append(all, action+" "+queue)
	}
	return all
}

// ---- what the code can use ----------------------------------------------------------

// program is our own code, type-checked; what it imports is known by its
// declarations only.
type program struct {
	functions []string               // import paths of functions/*
	uses      map[*types.Func]*uses  // of every function of ours that has a body
	concrete  []*types.Named         // every named type of ours that is no interface
	mains     map[string]*types.Func // by import path
}

// uses is what a body mentions.
type uses struct {
	functions []*types.Func // called or passed on; methods of interfaces among them
	literals  []string      // composite literals of AWS types, as needs names them
}

// rights are the needs that can be reached from a function's main, each with the
// place that has it. A call of an interface's method may be one of every type of
// ours that implements the interface and whose package the function links.
func (p *program) rights(t *testing.T, function string) map[string]string {
	t.Helper()
	type step struct {
		to   *types.Func
		from string
	}
	found := map[string]string{}
	note := func(key, where string) {
		if right := needs[key]; right != "" && found[right] == "" {
			found[right] = where
		}
	}
	seen := map[*types.Func]bool{}
	linked := linkedBy(t, function)
	work := []step{{p.mains[function], "the runtime"}}
	for len(work) > 0 {
		f, from := work[len(work)-1].to.Origin(), work[len(work)-1].from
		work = work[:len(work)-1]
		if seen[f] {
			continue
		}
		seen[f] = true
		key := keyOf(f)
		if _, known := needs[key]; !known && isAWSCall(f, key) {
			t.Errorf("%s calls %s; what right that takes is not in needs", from, key)
		}
		note(key, from)
		if p.uses[f] == nil {
			for _, implementation := range p.implementations(f, linked) {
				work = append(work, step{implementation, from})
			}
			continue
		}
		for _, literal := range p.uses[f].literals {
			note(literal, f.FullName())
		}
		for _, called := range p.uses[f].functions {
			work = append(work, step{called, f.FullName()})
		}
	}
	return found
}

func isAWSCall(f *types.Func, key string) bool {
	return f.Pkg() != nil && strings.HasPrefix(f.Pkg().Path(), aws) && strings.Contains(key, ".Client.")
}

// implementations are the methods that a call of an interface's method can reach.
func (p *program) implementations(method *types.Func, linked map[string]bool) []*types.Func {
	receiver := method.Signature().Recv()
	if receiver == nil {
		return nil
	}
	face, ok := receiver.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var found []*types.Func
	for _, named := range p.concrete {
		pointer := types.NewPointer(named)
		if !linked[named.Obj().Pkg().Path()] || !types.Implements(pointer, face) {
			continue
		}
		object, _, _ := types.LookupFieldOrMethod(pointer, true, method.Pkg(), method.Name())
		if f, ok := object.(*types.Func); ok {
			found = append(found, f)
		}
	}
	return found
}

// keyOf names a function as needs does: package below ours or AWS's, receiver, name.
func keyOf(f *types.Func) string {
	if f.Pkg() == nil {
		return ""
	}
	name := strings.TrimPrefix(strings.TrimPrefix(f.Pkg().Path(), aws), module) + "."
	if receiver := f.Signature().Recv(); receiver != nil {
		of := receiver.Type()
		if pointer, ok := of.(*types.Pointer); ok {
			of = pointer.Elem()
		}
		if named, ok := of.(*types.Named); ok {
			name += named.Obj().Name() + "."
		}
	}
	return name + f.Name()
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	command := exec.Command("go", append([]string{"list"}, args...)...)
	command.Dir = ".."
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, &said)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, one)
	}
}

// linkedBy are the packages that end up in a function.
func linkedBy(t *testing.T, function string) map[string]bool {
	t.Helper()
	linked := map[string]bool{function: true}
	for _, dep := range list(t, "-json=Deps", function)[0].Deps {
		linked[dep] = true
	}
	return linked
}

// load type-checks our packages from source, in the order of their imports, and
// takes everybody else's declarations from the compiler.
func load(t *testing.T) *program {
	t.Helper()
	p := &program{uses: map[*types.Func]*uses{}, mains: map[string]*types.Func{}}
	files := token.NewFileSet()
	exports, checked := map[string]string{}, map[string]*types.Package{}
	compiled := importer.ForCompiler(files, "gc", func(name string) (io.ReadCloser, error) { return os.Open(exports[name]) })
	imports := importing(func(name string) (*types.Package, error) {
		if mine, ok := checked[name]; ok {
			return mine, nil
		}
		return compiled.Import(name)
	})
	for _, pkg := range list(t, "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./functions/...") {
		if !strings.HasPrefix(pkg.ImportPath, module) {
			exports[pkg.ImportPath] = pkg.Export
			continue
		}
		var trees []*ast.File
		for _, name := range pkg.GoFiles {
			tree, err := parser.ParseFile(files, filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			trees = append(trees, tree)
		}
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
		config := types.Config{Importer: imports}
		mine, err := config.Check(pkg.ImportPath, files, trees, info)
		if err != nil {
			t.Fatal(err)
		}
		checked[pkg.ImportPath] = mine
		p.add(mine, trees, info)
		if strings.HasPrefix(pkg.ImportPath, module+"functions/") {
			p.functions = append(p.functions, pkg.ImportPath)
			p.mains[pkg.ImportPath] = mine.Scope().Lookup("main").(*types.Func)
		}
	}
	return p
}

type importing func(string) (*types.Package, error)

func (i importing) Import(name string) (*types.Package, error) { return i(name) }

// add notes what every body of a package mentions, and its types.
func (p *program) add(pkg *types.Package, trees []*ast.File, info *types.Info) {
	for _, tree := range trees {
		for _, declaration := range tree.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil {
				if object, ok := info.Defs[f.Name].(*types.Func); ok {
					p.uses[object] = mentions(f.Body, info)
				}
			}
		}
	}
	for _, name := range pkg.Scope().Names() {
		if object, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok {
			if named, ok := object.Type().(*types.Named); ok && !types.IsInterface(named) && named.TypeParams() == nil {
				p.concrete = append(p.concrete, named)
			}
		}
	}
}

func mentions(body ast.Node, info *types.Info) *uses {
	m := &uses{}
	ast.Inspect(body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Ident:
			if f, ok := info.Uses[node].(*types.Func); ok {
				m.functions = append(m.functions, f)
			}
		case *ast.CompositeLit:
			if named, ok := info.Types[node].Type.(*types.Named); ok && named.Obj().Pkg() != nil {
				if name, ok := strings.CutPrefix(named.Obj().Pkg().Path(), aws); ok {
					m.literals = append(m.literals, name+"."+named.Obj().Name())
				}
			}
		}
		return true
	})
	return m
}

package oidc

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"unicode/utf8"

	"golang.org/x/text/language"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// words are the texts of the page in one language.
type words struct {
	Lang, Title, Hint, Empty string
	Roles                    map[string]string
}

// languages are the page's, English for everybody else.
var languages = []words{
	{"en", "Who is signing in?", "This machine only: choose a person, no password needed.", "Nobody can sign in yet.",
		map[string]string{"owner": "Owner", "admin": "Administrator", "agent": "Agent", "viewer": "Viewer"}},
	{"zh-Hant", "請選擇登入身分", "僅供本機使用：點選即可登入，無需密碼。", "目前沒有可登入的人員。",
		map[string]string{"owner": "擁有者", "admin": "管理員", "agent": "客服", "viewer": "檢視者"}},
	{"zh-Hans", "请选择登录身份", "仅供本机使用：点选即可登录，无需密码。", "目前没有可登录的人员。",
		map[string]string{"owner": "所有者", "admin": "管理员", "agent": "客服", "viewer": "查看者"}},
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, w := range languages {
		tags = append(tags, language.Make(w.Lang))
	}
	return language.NewMatcher(tags)
}()

func wordsFor(r *http.Request) words {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[i]
}

// card is a person on the page.
type card struct{ Initial, Name, Email, Role string }

func cardOf(p Person, w words) card {
	name := p.Name
	if name == "" {
		name = p.Email
	}
	_, size := utf8.DecodeRuneInString(name)
	return card{name[:size], name, p.Email, w.Roles[p.Role]}
}

// writePage shows the people, each a button that signs in.
func writePage(w http.ResponseWriter, r *http.Request, q url.Values, people []Person) error {
	texts := wordsFor(r)
	data := struct {
		words
		Nonce  string
		Action string
		People []card
	}{words: texts, Nonce: secret(), Action: r.URL.Path + "?" + q.Encode()}
	for _, p := range people {
		data.People = append(data.People, cardOf(p, texts))
	}
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, data); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return fmt.Errorf("filling the sign-in page: %w", err)
	}
	back, _ := url.Parse(q.Get("redirect_uri")) // the request was checked
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", texts.Lang)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language")
	h.Set("Referrer-Policy", "no-referrer")
	// form-action also governs where the form's answer redirects to (Chrome).
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+data.Nonce+"'; form-action 'self' "+
		back.Scheme+"://"+back.Host+"; frame-ancestors 'none'; base-uri 'none'")
	_, _ = w.Write(body.Bytes()) // the browser may be gone
	return nil
}

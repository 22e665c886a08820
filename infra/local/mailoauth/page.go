package mailoauth

import (
	"bytes"
	_ "embed"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// words are the texts of the pages in one language.
type words struct {
	Lang, Title, Hint, Asks, Read, Send, Stay, Decline, NeedsAdmin string
	Granted, GrantedHint, Nobody, Revoke                           string
}

var languages = []words{
	{
		Lang: "en", Title: "Sign in to your mailbox", Hint: "This machine only: it plays Microsoft. Choose an account; no password needed.",
		Asks: "Quilldesk asks to:", Read: "read your mail (IMAP)", Send: "send mail as you (SMTP)", Stay: "keep access until you end it",
		Decline: "Cancel", NeedsAdmin: "needs an administrator",
		Granted: "Who gave access", GrantedHint: "Ending it is what a person does at Microsoft. Access tokens live on for a few minutes; Quilldesk notices within half a minute, when it asks for new ones.",
		Nobody: "Nobody has given access.", Revoke: "End access",
	}, {
		Lang: "zh-Hant", Title: "登入你的信箱", Hint: "僅供本機使用：此頁扮演 Microsoft。點選帳號即可，無需密碼。",
		Asks: "Quilldesk 要求：", Read: "讀取你的郵件（IMAP）", Send: "以你的名義寄信（SMTP）", Stay: "保有存取權，直到你終止",
		Decline: "取消", NeedsAdmin: "需要管理員同意",
		Granted: "已授權的帳號", GrantedHint: "等同於在 Microsoft 終止授權。存取權杖還會有效幾分鐘；Quilldesk 會在半分鐘內換發時發現。",
		Nobody: "目前沒有已授權的帳號。", Revoke: "終止授權",
	}, {
		Lang: "zh-Hans", Title: "登录你的邮箱", Hint: "仅供本机使用：此页扮演 Microsoft。点选账号即可，无需密码。",
		Asks: "Quilldesk 请求：", Read: "读取你的邮件（IMAP）", Send: "以你的名义发信（SMTP）", Stay: "保持访问权限，直到你终止",
		Decline: "取消", NeedsAdmin: "需要管理员同意",
		Granted: "已授权的账号", GrantedHint: "等同于在 Microsoft 终止授权。访问令牌还会有效几分钟；Quilldesk 会在半分钟内换发时发现。",
		Nobody: "目前没有已授权的账号。", Revoke: "终止授权",
	},
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, w := range languages {
		tags = append(tags, language.Make(w.Lang))
	}
	return language.NewMatcher(tags)
}()

// page is what the template shows: people to choose from, or grants to end.
type page struct {
	words
	Nonce, Action string
	Consent       bool
	People        []Person
	Hinted        string
}

func (s *Server) writeConsent(w http.ResponseWriter, r *http.Request, q url.Values) {
	back, _ := url.Parse(q.Get("redirect_uri")) // the request was checked
	write(w, r, page{
		Consent: true, Action: r.URL.Path + "?" + q.Encode(), People: s.config.People, Hinted: strings.ToLower(q.Get("login_hint")),
	}, back.Scheme+"://"+back.Host) // form-action also governs where the form's answer redirects to (Chrome)
}

func (s *Server) showGranted(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	with := map[string]bool{}
	for _, g := range s.state.Refresh {
		with[g.Address] = true
	}
	s.mu.Unlock()
	var people []Person
	for _, address := range slices.Sorted(maps.Keys(with)) {
		p, _ := s.person(address)
		people = append(people, p)
	}
	write(w, r, page{Action: "/revoke", People: people}, "")
}

func write(w http.ResponseWriter, r *http.Request, p page, formTarget string) {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	p.words, p.Nonce = languages[i], random(16)
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, p); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; form-action 'self' "+formTarget+"; frame-ancestors 'none'; base-uri 'none'")
	_, _ = w.Write(body.Bytes()) // the browser may be gone
}

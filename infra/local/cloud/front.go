package cloud

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/quilldesk/quilldesk/infra/local/httpapi"
	"github.com/quilldesk/quilldesk/infra/local/template"
)

// newFront makes the HTTP API of the template, of which there is one.
func newFront(o Options, model *template.Model, r *runner, log *slog.Logger) (http.Handler, error) {
	if len(model.APIs) != 1 {
		return nil, fmt.Errorf("the template has %d HTTP APIs; one machine serves one", len(model.APIs))
	}
	api := model.APIs[0]
	authorizers := map[string]*httpapi.Authorizer{} // shared by routes, so that keys are fetched once
	config := httpapi.Config{ID: api.ID, Account: account, Now: o.Now, Log: log}
	for _, route := range api.Routes {
		out := httpapi.Route{Key: route.Key, Function: r.functions[route.FunctionARN], Timeout: route.Timeout, Scopes: route.Scopes}
		if a := route.Authorizer; a != nil {
			id := fmt.Sprint(*a)
			if authorizers[id] == nil {
				authorizers[id] = &httpapi.Authorizer{
					Issuer: a.Issuer, Audience: a.Audience, Source: a.IdentitySource, Client: loopbackClient(), Now: o.Now,
				}
			}
			out.Authorizer = authorizers[id]
		}
		config.Routes = append(config.Routes, out)
	}
	if c := api.CORS; c != nil {
		config.CORS = &httpapi.CORS{
			AllowOrigins: c.AllowOrigins, AllowMethods: c.AllowMethods, AllowHeaders: c.AllowHeaders,
			ExposeHeaders: c.ExposeHeaders, AllowCredentials: c.AllowCredentials, MaxAge: c.MaxAge,
		}
	}
	front, err := httpapi.New(config)
	if err != nil {
		return nil, fmt.Errorf("setting up the HTTP API: %w", err)
	}
	return front.Handler(), nil
}

using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.LocalRuntime.Http;

/// <summary>A request as the worker sees it: the body read to its end, header values joined by commas.</summary>
internal sealed class LocalHttpRequestData(FunctionContext context, HttpContext http, byte[] body) : HttpRequestData(context)
{
    private Stream? _body;
    private HttpHeadersCollection? _headers;
    private IReadOnlyCollection<IHttpCookie>? _cookies;
    private Uri? _url;

    public override string Method => http.Request.Method;

    public override Stream Body => _body ??= body.Length == 0 ? Stream.Null : new MemoryStream(body, 0, body.Length, writable: true, publiclyVisible: true);

    public override HttpHeadersCollection Headers => _headers ??= new(
        http.Request.Headers.Select(h => KeyValuePair.Create(h.Key.ToLowerInvariant(), h.Value.ToString())));

    public override IReadOnlyCollection<IHttpCookie> Cookies => _cookies ??= ReadCookies();

    public override Uri Url => _url ??= new Uri(http.Request.GetEncodedUrl());

    public override IEnumerable<ClaimsIdentity> Identities => http.User.Identities;

    public override HttpResponseData CreateResponse() => new LocalHttpResponseData(FunctionContext, HttpStatusCode.OK);

    /// <summary>The real worker cuts a value off at its second equals sign and throws at a cookie without a value; so does this.</summary>
    private HttpCookie[] ReadCookies()
        => http.Request.Headers.Cookie.ToString() is { Length: > 0 } all
            ? [.. all.Split(';').Select(c => c.Split('=', StringSplitOptions.RemoveEmptyEntries)).Select(parts => new HttpCookie(parts[0].Trim(), parts[1]))]
            : [];
}

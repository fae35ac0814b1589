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

    public override Stream Body => _body ??= body.Length == 0 ? Stream.Null : BodyStream();

    public override HttpHeadersCollection Headers => _headers ??= new(
        http.Request.Headers.Select(h => KeyValuePair.Create(h.Key.ToLowerInvariant(), h.Value.ToString())));

    public override IReadOnlyCollection<IHttpCookie> Cookies => _cookies ??= ReadCookies();

    public override Uri Url => _url ??= new Uri(http.Request.GetEncodedUrl());

    public override IEnumerable<ClaimsIdentity> Identities => http.User.Identities;

    public override HttpResponseData CreateResponse() => new LocalHttpResponseData(FunctionContext, HttpStatusCode.OK);

    private MemoryStream BodyStream()
    {
        var stream = new MemoryStream(body.Length);
        stream.Write(body);
        stream.Position = 0;
        return stream;
    }

    private HttpCookie[] ReadCookies()
        => [.. http.Request.Headers.Cookie.ToString()
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(c => c.Split('=', 2))
            .Select(parts => new HttpCookie(parts[0], parts.Length > 1 ? parts[1] : ""))];
}

using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace FleetChat.LocalRuntime.Http;

internal sealed class LocalHttpResponseData(FunctionContext context, HttpStatusCode status) : HttpResponseData(context)
{
    private readonly LocalHttpCookies _cookies = new();
    private HttpHeadersCollection _headers = new();
    private Stream? _body;

    public override HttpStatusCode StatusCode { get; set; } = status;

    public override HttpHeadersCollection Headers
    {
        get => _headers;
        set => _headers = value ?? throw new InvalidOperationException("Headers cannot be null");
    }

    public override Stream Body
    {
        get => _body ??= new MemoryStream();
        set => _body = value ?? throw new InvalidOperationException("Body cannot be null");
    }

    public override HttpCookies Cookies => _cookies;

    public IReadOnlyList<IHttpCookie> AppendedCookies => _cookies.Appended;
}

internal sealed class LocalHttpCookies : HttpCookies
{
    private readonly List<IHttpCookie> _appended = [];

    public IReadOnlyList<IHttpCookie> Appended => _appended;

    public override void Append(string name, string value) => _appended.Add(new HttpCookie(name, value));

    public override void Append(IHttpCookie cookie) => _appended.Add(cookie ?? throw new ArgumentNullException(nameof(cookie)));

    public override IHttpCookie CreateNew() => new HttpCookie("", "");
}

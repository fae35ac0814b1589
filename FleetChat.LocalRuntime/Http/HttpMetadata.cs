using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Newtonsoft.Json;

namespace FleetChat.LocalRuntime.Http;

/// <summary>
/// What an HTTP call offers to parameters by name: route values before query values before members of a JSON body. The body
/// is parsed only for a name that neither route nor query knows.
/// </summary>
internal sealed class HttpMetadata(HttpRequest request, RouteValueDictionary route, byte[] body, string function) : IReadOnlyDictionary<string, object?>
{
    /// <summary>Names a key of the host and is never offered.</summary>
    private const string KeyParameter = "code";

    private Dictionary<string, object?>? _all;
    private Dictionary<string, object?>? _ofBody;

    public int Count => All.Count;

    public IEnumerable<string> Keys => All.Keys;

    public IEnumerable<object?> Values => All.Values;

    public object? this[string key] => All[key];

    private Dictionary<string, object?> All => _all ??= Build();

    private Dictionary<string, object?> OfBody => _ofBody ??= ReadBody();

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
    {
        if (IsOfHost(key)) return All.TryGetValue(key, out value);
        if (route.TryGetValue(key, out var inRoute) && inRoute is not null)
        {
            value = TextOf(inRoute);
            return true;
        }
        if (!key.Equals(KeyParameter, StringComparison.OrdinalIgnoreCase) && request.Query.TryGetValue(key, out var inQuery))
        {
            value = LastOf(inQuery);
            return true;
        }
        return OfBody.TryGetValue(key, out value);
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => All.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Dictionary<string, object?> Build()
    {
        var all = new Dictionary<string, object?>(OfBody, StringComparer.OrdinalIgnoreCase);
        var query = request.Query.ToDictionary(q => q.Key, q => LastOf(q.Value));
        foreach (var (name, value) in query)
            if (!name.Equals(KeyParameter, StringComparison.OrdinalIgnoreCase)) all[name] = value;
        foreach (var (name, value) in route)
            if (value is not null) all[name] = TextOf(value);
        all["Headers"] = JsonConvert.SerializeObject(request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString()));
        all["Query"] = JsonConvert.SerializeObject(query);
        all["sys"] = JsonConvert.SerializeObject(new
        {
            MethodName = function,
            UtcNow = TimeProvider.System.GetUtcNow().UtcDateTime, // The host's own moment, which is real time even when business time is not.
            RandGuid = RandomIds.NewInvocationId(),
        });
        return all;
    }

    private Dictionary<string, object?> ReadBody()
    {
        var members = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        if (body.Length > 0) BodyMetadata.AddTo(members, Encoding.UTF8.GetString(body));
        return members;
    }

    private static bool IsOfHost(string key)
        => key.Equals("Headers", StringComparison.OrdinalIgnoreCase)
            || key.Equals("Query", StringComparison.OrdinalIgnoreCase)
            || key.Equals("sys", StringComparison.OrdinalIgnoreCase);

    /// <summary>The last of repeated values counts.</summary>
    private static string LastOf(StringValues values) => values.Count == 0 ? "" : values[^1] ?? "";

    private static string TextOf(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}

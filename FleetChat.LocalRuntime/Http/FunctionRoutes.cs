using FleetChat.LocalRuntime.Hosting;
using FleetChat.LocalRuntime.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FleetChat.LocalRuntime.Http;

/// <summary>Finds the function of a request: templates in the order of their precedence, the first whose path, constraints and method fit.</summary>
internal sealed class FunctionRoutes
{
    private readonly Dictionary<string, List<FunctionRoute>> _byFirstSegment = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FunctionRoute> _others = [];

    public FunctionRoutes(FunctionCatalog catalog, HostJson settings, IServiceProvider services)
    {
        var constraints = new DefaultInlineConstraintResolver(Options.Create(new RouteOptions()), services);
        var routes = catalog.TriggeredBy<HttpTriggerBinding>()
            .Select(h => new FunctionRoute(h.Function, h.Trigger, settings.RoutePrefix, constraints))
            .OrderBy(r => r.Precedence);
        foreach (var route in routes)
        {
            if (route.FirstSegment is not { } segment) _others.Add(route);
            else if (_byFirstSegment.TryGetValue(segment, out var known)) known.Add(route);
            else _byFirstSegment[segment] = [route];
        }
    }

    public (FunctionRoute Route, RouteValueDictionary Values)? Find(HttpContext http)
    {
        // OPTIONS * and CONNECT have no path.
        if (http.Request.Path.Value is not { Length: > 0 } path) return null;
        var end = path.IndexOf('/', 1);
        var first = path.AsSpan(1, (end < 0 ? path.Length : end) - 1);
        if (_byFirstSegment.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(first, out var routes) && FindIn(routes, http) is { } found) return found;
        return FindIn(_others, http);
    }

    private static (FunctionRoute, RouteValueDictionary)? FindIn(List<FunctionRoute> routes, HttpContext http)
    {
        foreach (var route in routes)
            if (route.Match(http) is { } values) return (route, values);
        return null;
    }
}

internal sealed class FunctionRoute
{
    private readonly TemplateMatcher _matcher;
    private readonly IReadOnlyList<KeyValuePair<string, IRouteConstraint>> _constraints;

    public FunctionRoute(FunctionEntry function, HttpTriggerBinding trigger, string prefix, IInlineConstraintResolver resolver)
    {
        Function = function;
        Trigger = trigger;
        Template = prefix.Length == 0 ? trigger.Route : $"{prefix}/{trigger.Route}";
        var template = TemplateParser.Parse(Template);
        var defaults = new RouteValueDictionary(template.Parameters
            .Where(p => p.DefaultValue is not null)
            .Select(p => KeyValuePair.Create(p.Name!, p.DefaultValue)));
        _matcher = new(template, defaults);
        _constraints = [.. template.Parameters.SelectMany(p => p.InlineConstraints.Select(c => KeyValuePair.Create(
            p.Name!,
            p.IsOptional ? new OptionalConstraint(Resolve(c.Constraint)) : Resolve(c.Constraint))))];
        Precedence = RoutePrecedence.ComputeInbound(template);
        FirstSegment = template.Segments is [{ IsSimple: true, Parts: [{ IsLiteral: true, Text: { } text }] }, ..] ? text : null;

        IRouteConstraint Resolve(string constraint) => resolver.ResolveConstraint(constraint)
            ?? throw new InvalidOperationException($"The function '{function.Name}' cannot be loaded: its route has an unknown constraint '{constraint}'.");
    }

    public FunctionEntry Function { get; }

    public HttpTriggerBinding Trigger { get; }

    public string Template { get; }

    public decimal Precedence { get; }

    /// <summary>Null if the template does not begin with plain text.</summary>
    public string? FirstSegment { get; }

    public RouteValueDictionary? Match(HttpContext http)
    {
        if (!AllowsMethod(http.Request.Method)) return null;
        var values = new RouteValueDictionary();
        if (!_matcher.TryMatch(http.Request.Path, values)) return null;
        foreach (var (name, constraint) in _constraints)
            if (!constraint.Match(http, route: null, name, values, RouteDirection.IncomingRequest)) return null;
        return values;
    }

    private bool AllowsMethod(string method)
    {
        if (Trigger.Methods.Count == 0) return true;
        foreach (var allowed in Trigger.Methods)
            if (allowed.Equals(method, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private sealed class OptionalConstraint(IRouteConstraint inner) : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
            => !values.TryGetValue(routeKey, out var value) || value is null || inner.Match(httpContext, route, routeKey, values, routeDirection);
    }
}

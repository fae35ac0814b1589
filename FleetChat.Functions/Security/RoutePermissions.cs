using System.Reflection;
using FleetChat.Core.Security.Access;
using Microsoft.Azure.Functions.Worker;

namespace FleetChat.Functions.Security;

/// <summary>What a caller of this HTTP function needs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsAttribute(Permission permission) : Attribute
{
    public Permission Permission { get; } = permission;
}

/// <summary>What each HTTP function says that it needs.</summary>
public static class RoutePermissions
{
    private static readonly Dictionary<string, Permission> s_permissions = (
        from type in typeof(RoutePermissions).Assembly.GetTypes()
        from method in type.GetMethods()
        let needs = method.GetCustomAttribute<NeedsAttribute>()
        where needs is not null
        select (Function: method.GetCustomAttribute<FunctionAttribute>()!.Name, needs.Permission)).ToDictionary(needs => needs.Function, needs => needs.Permission, StringComparer.OrdinalIgnoreCase);

    /// <exception cref="InvalidOperationException">It says nothing: then nobody may call it.</exception>
    public static Permission Get(string function)
        => Find(function) ?? throw new InvalidOperationException($"{function} does not say which permission it needs");

    public static Permission? Find(string function) => s_permissions.TryGetValue(function, out var permission) ? permission : null;
}

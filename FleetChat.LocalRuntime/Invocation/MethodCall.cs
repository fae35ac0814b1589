using System.Linq.Expressions;
using System.Reflection;

namespace FleetChat.LocalRuntime.Invocation;

/// <summary>Turns a function's method, whatever it returns, into one kind of delegate. Compiled once: reflection on each call would cost more than the call.</summary>
internal static class MethodCall
{
    private static readonly Task<object?> Nothing = Task.FromResult<object?>(null);

    public static Func<object?, object?[], Task<object?>> Compile(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object), "instance");
        var values = Expression.Parameter(typeof(object?[]), "values");
        var arguments = method.GetParameters().Select((p, i) => ArgumentOf(p.ParameterType, Expression.ArrayIndex(values, Expression.Constant(i))));
        var call = Expression.Call(method.IsStatic ? null : Expression.Convert(instance, method.DeclaringType!), method, arguments);
        return Expression.Lambda<Func<object?, object?[], Task<object?>>>(ResultOf(call), instance, values).Compile();
    }

    private static Expression ArgumentOf(Type type, Expression value)
        => type.IsValueType
            ? Expression.Condition(Expression.Equal(value, Expression.Constant(null)), Expression.Default(type), Expression.Convert(value, type))
            : Expression.Convert(value, type);

    private static Expression ResultOf(MethodCallExpression call)
    {
        if (call.Type == typeof(void)) return Expression.Block(call, Expression.Constant(Nothing));
        if (call.Type == typeof(Task)) return Wrapped(nameof(OfTask), call);
        if (call.Type == typeof(ValueTask)) return Wrapped(nameof(OfValueTask), call);
        if (IsGeneric(typeof(Task<>))) return Wrapped(nameof(OfTaskWithResult), call, call.Type.GetGenericArguments());
        if (IsGeneric(typeof(ValueTask<>))) return Wrapped(nameof(OfValueTaskWithResult), call, call.Type.GetGenericArguments());
        return Wrapped(nameof(OfValue), Expression.Convert(call, typeof(object)));

        bool IsGeneric(Type definition) => call.Type.IsGenericType && call.Type.GetGenericTypeDefinition() == definition;
    }

    private static MethodCallExpression Wrapped(string wrapper, Expression call, params Type[] types)
    {
        var method = typeof(MethodCall).GetMethod(wrapper, BindingFlags.NonPublic | BindingFlags.Static)!;
        return Expression.Call(types.Length == 0 ? method : method.MakeGenericMethod(types), call);
    }

    private static Task<object?> OfValue(object? value) => Task.FromResult(value);

    private static async Task<object?> OfTask(Task task)
    {
        await task;
        return null;
    }

    private static async Task<object?> OfValueTask(ValueTask task)
    {
        await task;
        return null;
    }

    private static async Task<object?> OfTaskWithResult<T>(Task<T> task) => await task;

    private static async Task<object?> OfValueTaskWithResult<T>(ValueTask<T> task) => await task;
}

using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FleetChat.Tests;

/// <summary>A process that dies, or is paused, at a chosen call to the outside.</summary>
internal sealed class Interruption
{
    private string? _call;
    private Func<Task>? _before;
    private Func<Task>? _after;

    public T Around<T>(T real)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Proxy>();
        ((Proxy)(object)proxy).Set(real, this);
        return proxy;
    }

    /// <summary>In place of the registered one.</summary>
    public void Around<T>(IServiceCollection services)
        where T : class
    {
        var real = services.Last(s => s.ServiceType == typeof(T)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Transient(provider => Around((T)real(provider))));
    }

    /// <summary>Nothing of the work comes after the call; not even what would be cleared up.</summary>
    public async Task DieAsync(string call, bool isAfter, Func<Task> work)
    {
        (_call, _before, _after) = (call, isAfter ? null : Die, isAfter ? Die : null);
        await Assert.ThrowsAsync<DiedException>(work);

        static Task Die() => throw new DiedException();
    }

    /// <summary>Others work while it hangs in the call, after it was made.</summary>
    public Task<T> PauseAsync<T>(string call, Func<Task<T>> work, Func<Task> meanwhile)
    {
        (_call, _before, _after) = (call, null, meanwhile);
        return work();
    }

    private sealed class DiedException : Exception;

    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "DispatchProxy derives from it.")]
    private class Proxy : DispatchProxy
    {
        private object _real = null!;
        private Interruption _interruption = null!;

        public void Set(object real, Interruption interruption) => (_real, _interruption) = (real, interruption);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != _interruption._call) return targetMethod.Invoke(_real, args);
            var (before, after) = (_interruption._before, _interruption._after);
            _interruption._call = null;
            var answer = targetMethod.ReturnType.GenericTypeArguments;
            var method = typeof(Proxy).GetMethod(answer.Length == 0 ? nameof(RunAsync) : nameof(RunWithAnswerAsync), BindingFlags.Static | BindingFlags.NonPublic)!;
            return (answer.Length == 0 ? method : method.MakeGenericMethod(answer)).Invoke(null, [before, () => targetMethod.Invoke(_real, args)!, after]);
        }

        private static async Task RunAsync(Func<Task>? before, Func<object> call, Func<Task>? after)
        {
            if (before is not null) await before();
            await (Task)call();
            if (after is not null) await after();
        }

        private static async Task<T> RunWithAnswerAsync<T>(Func<Task>? before, Func<object> call, Func<Task>? after)
        {
            if (before is not null) await before();
            var answer = await (Task<T>)call();
            if (after is not null) await after();
            return answer;
        }
    }
}

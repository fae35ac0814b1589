using System.Reflection;
using FleetChat.Tests.Conventions;
using Microsoft.CodeAnalysis;

namespace FleetChat.Tests.LocalRuntime;

/// <summary>Functions compiled in memory, so that an application can be made of these and no others.</summary>
internal static class CompiledFunctions
{
    public static Assembly Compile(params string[] sources)
    {
        using var binary = new MemoryStream();
        var emitted = Sources.CompileWithWorker(sources)
            .WithAssemblyName($"Functions{RuntimeNumbers.Next()}")
            .WithOptions(new Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable))
            .Emit(binary);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return Assembly.Load(binary.ToArray());
    }
}

file static class RuntimeNumbers
{
    private static int s_last;

    public static int Next() => Interlocked.Increment(ref s_last);
}

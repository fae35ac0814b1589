using System.Security.Cryptography;
using FleetChat.Core.Data;
using FleetChat.Core.Security;

namespace FleetChat.Tests.Security;

public sealed class RowOpenerTests
{
    private static readonly Guid s_row = TimeProvider.System.NewId();
    private readonly DataKey _key = KeyOf("one_001");

    [Fact]
    public void What_opens_is_read_and_counts_as_nothing()
    {
        var opener = new RowOpener(_key);

        Assert.Equal("Ana", opener.Text(EncryptedColumns.DriverName, s_row, _key.Encrypt(EncryptedColumns.DriverName, s_row, "Ana")));
        Assert.Equal(0, opener.LeftOut);
        Assert.Null(opener.Message);
    }

    [Fact]
    public void What_does_not_open_is_left_out_and_counted_whatever_is_wrong_with_it()
    {
        var opener = new RowOpener(_key);
        var changed = _key.Encrypt(EncryptedColumns.DriverName, s_row, "Ana");
        changed[^1] ^= 1;

        Assert.Null(opener.Text(EncryptedColumns.DriverName, s_row, []));
        Assert.Null(opener.Text(EncryptedColumns.DriverName, s_row, changed));
        Assert.Null(opener.Text(EncryptedColumns.DriverName, s_row, KeyOf("one_001").Encrypt(EncryptedColumns.DriverName, s_row, "Ana")));
        Assert.Null(opener.Text(EncryptedColumns.DriverName, s_row, _key.Encrypt(EncryptedColumns.DriverNumber, s_row, "Ana")));

        Assert.Equal(4, opener.LeftOut);
    }

    [Fact]
    public void What_is_wrong_with_the_reader_and_not_with_the_row_is_thrown()
        => Assert.Throws<InvalidOperationException>(() => new RowOpener(_key).Open<string>(_ => throw new InvalidOperationException()));

    [Fact]
    public void Where_nothing_may_be_left_out_it_is_thrown()
        => Assert.ThrowsAny<CryptographicException>(() => new RowOpener(_key) { IsStrict = true }.Text(EncryptedColumns.DriverName, s_row, []));

    private static DataKey KeyOf(string owner) => new(owner, new Dictionary<ushort, byte[]> { [1] = RandomNumberGenerator.GetBytes(32) }, RandomNumberGenerator.GetBytes(32));
}

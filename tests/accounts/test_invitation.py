def test_cast(cast):
    assert cast.acme.pk
